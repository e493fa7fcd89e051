'use strict'

const { VectorIndex } = require('../../examples/demo/index-of-vectors')
const { answer, NOTHING_FOUND } = require('../../examples/demo/server/answer')
const { embed } = require('../../examples/demo/server/vector')

const FACTS = [
  'The lighthouse keeper feeds seven gulls each morning.',
  'Bread is baked in the village on Tuesdays and Fridays.',
  'The ferry to the mainland leaves at noon.',
  'In winter the harbour freezes for two months.'
]

describe('embeddings', () => {
  test('a question is nearest to the text that answers it, in whatever form its words stand', () => {
    const index = new VectorIndex()
    for (const fact of FACTS) index.add(fact, embed(fact))
    expect(index.nearest(embed('When do the ferries leave?'), 1)).toEqual([FACTS[2]])
    expect(index.nearest(embed('Which days is the village baking?'), 1)).toEqual([FACTS[1]])
    expect(index.nearest(embed('Is the harbour ever frozen or freezing?'), 1)).toEqual([FACTS[3]])
  })

  test('a vector has length 1 and the dimensions asked for', () => {
    const vector = embed(FACTS[0], 300)
    expect(vector).toHaveLength(300)
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
  })

  test('a text of grammatical words alone is nowhere near anything', () => {
    expect(Math.hypot(...embed('and of the'))).toBe(0)
  })
})

describe('answers', () => {
  const prompt = [
    '<passage source="island.md">\n# Island\n\nThe ferry leaves at noon. The keeper feeds seven\ngulls.\n</passage>',
    '<passage source="prices.md">\n# Prices\n\n| what | price |\n|---|---|\n| Bread | 3 crowns |\n| Milk | 2 crowns |\n</passage>'
  ].join('\n')

  test('the sentence that fits is quoted with its file, and no other', () => {
    expect(answer(prompt, 'When does the ferry leave?')).toBe('The ferry leaves at noon. (island.md)')
  })

  test('a sentence that is wrapped over lines is quoted whole', () => {
    expect(answer(prompt, 'How many gulls are fed?')).toBe('The keeper feeds seven gulls. (island.md)')
  })

  test('a row of a table is a sentence', () => {
    expect(answer(prompt, 'What does bread cost?')).toBe('Bread | 3 crowns (prices.md)')
  })

  test('what the passages do not hold is not made up', () => {
    expect(answer(prompt, 'Who painted the ceiling?')).toBe(NOTHING_FOUND)
  })
})
