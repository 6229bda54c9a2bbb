import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompress } from './build/precompress.ts';

/** The server that `npm run dev` passes API calls to. */
const server = process.env.GIROK_URL ?? 'http://127.0.0.1:7400';

export default defineConfig({
  // Relative, so that the page also works behind a proxy under a path of its own.
  base: './',
  plugins: [react(), precompress()],
  server: { proxy: { '/api': server, '/healthz': server } },
  build: { target: 'es2023', chunkSizeWarningLimit: 1200, assetsInlineLimit: 0 },
});
