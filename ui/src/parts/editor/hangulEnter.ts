/**
 * Enter while a Hangul syllable is being composed.
 *
 * The editor drops key events of a composition before any keymap sees them, so Enter would only end the syllable and
 * people had to press it twice. Here the key is noted in the capture phase, and the query runs once, right after the
 * composition has ended and its last syllable has reached the document.
 */
import { ViewPlugin } from '@codemirror/view';

/** The key code that browsers report for every key an input method takes. */
const KEY_CODE_COMPOSING = 229;

export function enterWhileComposing(run: () => void) {
  return ViewPlugin.define((view) => {
    let pending = false;
    const onKeyDown = (event: KeyboardEvent) => {
      const composing = event.isComposing || event.keyCode === KEY_CODE_COMPOSING;
      if (event.key === 'Enter' && composing && !event.shiftKey) pending = true;
    };
    const onCompositionEnd = () => {
      if (!pending) return;
      pending = false;
      setTimeout(run, 0);
    };
    view.contentDOM.addEventListener('keydown', onKeyDown, true);
    view.contentDOM.addEventListener('compositionend', onCompositionEnd);
    return {
      destroy() {
        view.contentDOM.removeEventListener('keydown', onKeyDown, true);
        view.contentDOM.removeEventListener('compositionend', onCompositionEnd);
      },
    };
  });
}
