import { runTracker } from './run-tracker';

const script = document.currentScript as HTMLScriptElement | null;
if (script) runTracker(script.dataset.site as string, script.src);
