/** Line icons on a 16 × 16 grid, drawn in the colour of the text. Always decoration: the button says what it does. */
const PATHS = {
  add: 'M8 3.5v9M3.5 8h9',
  remove: 'M3.5 8h9',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3.5 8.5l3 3 6-7',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  chevronDown: 'M4 6l4 4 4-4',
  chevronRight: 'M6 4l4 4-4 4',
  clock: 'M8 2a6 6 0 100 12A6 6 0 008 2zM8 5v3.2l2.2 1.3',
  history: 'M3 4.5V2.2M3 4.5h2.4M3.2 4.4A5.6 5.6 0 112.5 8.6M8 5.4v3l2 1.2',
  database:
    'M3 4c0-1.1 2.2-2 5-2s5 .9 5 2-2.2 2-5 2-5-.9-5-2zM3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2',
  play: 'M5 3.2v9.6l7.5-4.8z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  stop: 'M4.5 4.5h7v7h-7z',
  search: 'M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.4 10.4l3.1 3.1',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9',
  bars: 'M3.5 13V8M8 13V3M12.5 13V6',
  columns: 'M2.5 3.5h11v9h-11zM6.2 3.5v9M9.8 3.5v9',
  zoomOut: 'M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.4 10.4l3.1 3.1M5 7h4',
  wrap: 'M2.5 4h11M2.5 8h8.6a2 2 0 010 4H8.5M10 10.4L8.4 12l1.6 1.6M2.5 12h3',
  download: 'M8 2.5v7.5M4.8 7l3.2 3.2L11.2 7M3 13.5h10',
  link: 'M6.5 9.5l3-3M7 4.6l1.2-1.2a2.9 2.9 0 014.1 4.1L11.1 8.7M9 11.4l-1.2 1.2a2.9 2.9 0 01-4.1-4.1l1.2-1.2',
  sun: 'M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  moon: 'M13 9.6A5.6 5.6 0 016.4 3 5.6 5.6 0 1013 9.6z',
  auto: 'M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM8 2.5v11M8 5.5l4.2-.1M8 8.5h5.4M8 11.3l3.6.1',
  help: 'M8 2a6 6 0 100 12A6 6 0 008 2zM6.3 6.3a1.7 1.7 0 113 1.1c-.7.6-1.3.9-1.3 1.7M8 11.2v.2',
  sidebar: 'M2.5 3.5h11v9h-11zM6 3.5v9',
  live: 'M8 7a1 1 0 100 2 1 1 0 000-2zM5.2 5.2a4 4 0 000 5.6M10.8 5.2a4 4 0 010 5.6M3.2 3.2a6.8 6.8 0 000 9.6M12.8 3.2a6.8 6.8 0 010 9.6',
  warning: 'M8 2.5l6 10.5H2zM8 6.5v3M8 11.2v.2',
  around: 'M2.5 8h11M5 4.5h6M5 11.5h6M4 6.2L2.2 8 4 9.8M12 6.2L13.8 8 12 9.8',
  arrowUp: 'M8 13V3.5M4 7.3L8 3.3l4 4',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
