/** A text of the server, in which code stands between back-ticks. */
export function WithCode({ text }: { text: string }) {
  return text.split(/`([^`]+)`/).map((piece, index) => {
    // Every second piece stood between back-ticks; a text does not change, so its pieces keep their places.
    const key = `${index}`;
    return index % 2 === 1 ? <code key={key}>{piece}</code> : piece;
  });
}
