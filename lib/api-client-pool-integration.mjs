import integration from './api-client-pool-integration.js'

export const { getPoolMetrics, getPoolReport, getPoolStatus } = integration
export default integration
