import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { applyToPage } from './state/preferences.ts';
import './styles/index.css';
import { SearchView } from './views/SearchView.tsx';

applyToPage();

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no element `root`');
createRoot(root).render(
  <StrictMode>
    <SearchView />
  </StrictMode>,
);
