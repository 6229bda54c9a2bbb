import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { applyToPage } from './state/preferences.ts';
import './styles/index.css';
import { App } from './views/App.tsx';

applyToPage();

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no element `root`');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
