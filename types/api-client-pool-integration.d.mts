export * from './api-client-pool-integration.js'
import * as all from './api-client-pool-integration.js'
export default all
