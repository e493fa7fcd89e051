export * from './connection-pool.js'
import * as all from './connection-pool.js'
export default all
