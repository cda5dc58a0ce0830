export * from './embedded';
export { ServiceProcess, type ServiceEvents, type ServiceOptions } from './processes/service-process';
export { type Books, closeBooks } from './demo/books/close-books';
export { type Accounts } from './demo/books/accounts';
export { type Check } from './demo/books/check';
export { type Figures } from './demo/books/figures';
export { DashboardClient } from './demo/dashboard-client';
export {
  type DemoOptions,
  type DemoProgress,
  type DemoResult,
  type DemoSystem,
  type DemoSystemOptions,
  runDemo,
  startDemoSystem,
} from './demo/run-demo';
export { SandboxControl } from './demo/sandbox-control';
export { SERVICE_NAMES, type ServiceName } from './stack/service-catalogue';
export { type RunningSystem, startSystem, type SystemOptions } from './stack/start-system';
