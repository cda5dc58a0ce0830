import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';

/** Figures mean nothing without it. */
export interface Environment {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
}

export const environment = (): Environment => ({
  node: process.version,
  platform: `${platform()}-${arch()}`,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
});

export const environmentLine = ({ node, platform: system, cpu, cores, memoryGb }: Environment): string =>
  `Node ${node}, ${system}, ${cores} × ${cpu}, ${memoryGb} GB`;
