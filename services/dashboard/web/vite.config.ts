import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressAssets, limitFirstLoad } from './build/first-load.ts';

/** The dashboard's API in development: `npm start` listens here. */
const API = 'http://127.0.0.1:4000';

export default defineConfig({
  plugins: [react(), limitFirstLoad(), compressAssets()],
  build: {
    // What a phone of TikTok's audience, and the buyer's laptop, have had for two years.
    target: 'es2022',
    // The page's policy allows no inline code: small assets stay files too.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 4010,
    proxy: { '/v1': { target: API }, '/health': { target: API } },
  },
});
