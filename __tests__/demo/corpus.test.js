'use strict'

const { mkdtemp, mkdir, rm, writeFile } = require('node:fs/promises')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { readCorpus, split } = require('../../examples/demo/corpus')

describe('split', () => {
  test('a chunk begins with the headings that it stands under', () => {
    const chunks = split('# Cats\n\nThey sleep.\n\n## Food\n\nFish.\n\n# Dogs\n\nThey bark.')
    expect(chunks).toEqual(['# Cats\n\nThey sleep.', '# Cats\n## Food\n\nFish.', '# Dogs\n\nThey bark.'])
  })

  test('a long section is cut between its items, never within one', () => {
    const items = Array.from({ length: 20 }, (_, at) => `- item ${at} ${'x'.repeat(80)}`)
    const chunks = split(`# List\n\n${items.join('\n')}`)
    expect(chunks.length).toBeGreaterThan(1)
    expect(chunks.flatMap(chunk => chunk.split('\n').filter(line => line.startsWith('- ')))).toEqual(items)
  })

  test('a line of code that begins with # is no heading', () => {
    const text = '# Use\n\n```sh\n# not a heading\n\nnpm test\n```'
    expect(split(text)).toEqual([text])
  })

  test('a short section is one chunk', () => {
    expect(split('# Both\n\none\n\ntwo')).toEqual(['# Both\n\none\n\ntwo'])
  })

  test('headings with nothing under them make no chunk', () => {
    expect(split('# One\n\n## Two\n')).toEqual([])
  })
})

describe('readCorpus', () => {
  let folder = ''

  beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'corpus-')) })
  afterEach(() => rm(folder, { recursive: true }))

  test('Markdown and text files are read, those of folders below too', async () => {
    await mkdir(path.join(folder, 'below'))
    await writeFile(path.join(folder, 'a.md'), '# Title\n\nText.')
    await writeFile(path.join(folder, 'below', 'b.txt'), 'Plain.')
    const { documents, chunks } = await readCorpus(folder)
    expect(documents).toEqual([{ source: 'a.md', title: 'Title' }, { source: path.join('below', 'b.txt'), title: null }])
    expect(chunks.map(chunk => chunk.text)).toEqual(['# Title\n\nText.', 'Plain.'])
  })

  test('other files, hidden ones and those of installed packages are left alone', async () => {
    await writeFile(path.join(folder, 'a.md'), 'Text.')
    await writeFile(path.join(folder, 'code.js'), 'Code.')
    await writeFile(path.join(folder, '.hidden.md'), 'Hidden.')
    await mkdir(path.join(folder, 'node_modules'))
    await writeFile(path.join(folder, 'node_modules', 'README.md'), 'Foreign.')
    const { documents } = await readCorpus(folder)
    expect(documents.map(document => document.source)).toEqual(['a.md'])
  })

  test('a folder that does not exist is refused in one sentence', async () => {
    const missing = path.join(folder, 'missing')
    await expect(readCorpus(missing)).rejects.toThrow(`The folder ${missing} does not exist.`)
  })

  test('a folder without documents is refused in one sentence', async () => {
    await expect(readCorpus(folder)).rejects.toThrow(`The folder ${folder} holds no Markdown or text (.md, .markdown, .txt).`)
  })

  test('a file in the place of the folder is refused in one sentence', async () => {
    const file = path.join(folder, 'a.md')
    await writeFile(file, 'Text.')
    await expect(readCorpus(file)).rejects.toThrow(`${file} is a file; name the folder that it is in.`)
  })
})
