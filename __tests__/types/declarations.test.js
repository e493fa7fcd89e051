'use strict'

const ts = require('typescript')
const path = require('node:path')
const all = require('../..')
const { generated } = require('../../scripts/write-types')
const { ROOT, read } = require('../project/files')

/** The package's own settings, under which users' stricter ones are covered too. */
function settings () {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  return { ...ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, ROOT).options, lib: undefined, types: ['node'], skipLibCheck: false, isolatedModules: true }
}

/** What the compiler finds wrong with these files. */
function faults (...files) {
  const program = ts.createProgram(files.map(file => path.join(ROOT, file)), settings())
  return ts.getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || !file.fileName.includes('node_modules'))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
}

/** Names that a declaration file exports as values. */
function declared (file) {
  const program = ts.createProgram([path.join(ROOT, file)], { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, skipLibCheck: true })
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(path.join(ROOT, file)))
  return checker.getExportsOfModule(module)
    .map(symbol => symbol.flags & ts.SymbolFlags.Alias ? Object.assign(checker.getAliasedSymbol(symbol), { as: symbol.name }) : symbol)
    .filter(symbol => symbol.flags & ts.SymbolFlags.Value)
    .map(symbol => symbol.as ?? symbol.name)
    .sort()
}

test.each(Object.entries(generated))('%s is what the engine\'s table says', (file, text) => {
  expect(read(file)).toBe(text())
})

test('index.d.ts declares what require() gives', () => {
  expect(declared('index.d.ts')).toEqual(Object.keys(all).sort())
})

test('index.d.mts declares what import gives', async () => {
  expect(declared('index.d.mts')).toEqual([...Object.keys(all), 'default'].sort())
})

test.each(['__tests__/types/package.test-d.ts', '__tests__/types/module.test-d.mts'])('%s uses the package as it is declared', file => {
  expect(faults(file)).toEqual([])
})
