// JSON whose whole numbers stay what they are.

/** As `JSON.parse`, but whole numbers of 64 bits that it would round are `bigint`. Throws `SyntaxError`. */
export function parseJson(text: string): unknown {
  // Others have nothing to be rounded.
  return /\d{16}/.test(text) ? JSON.parse(exactNumbers(text), (_, value) => exactNumber(value)) : JSON.parse(text);
}

/** Marks what stands for a whole number that would be rounded; a text that begins so is marked as well. */
const MARK = "\u0000";

/** A text, with the colon that makes a name of it, or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The JSON with long whole numbers as marked texts. */
function exactNumbers(text: string): string {
  return text.replace(TOKEN, (token, colon?: string) => {
    if (colon !== undefined) return token;
    if (token.startsWith('"')) return token.startsWith('"\\u0000') ? `"\\u0000${token.slice(1)}` : token;
    return isRounded(token) ? `"\\u0000${token}"` : token;
  });
}

/** Whether a number is a whole one of 64 bits that `JSON.parse` would round. */
function isRounded(token: string): boolean {
  if (!/^-?\d+$/.test(token) || Number.isSafeInteger(Number(token))) return false;
  return BigInt.asIntN(64, BigInt(token)) === BigInt(token);
}

function exactNumber(value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith(MARK)) return value;
  const rest = value.slice(1);
  return rest.startsWith(MARK) ? rest : BigInt(rest);
}
