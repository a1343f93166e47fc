// Describes any value in a few words, for the `got` of an error. train.ts may pass values of any type.

const MAX_LENGTH = 60;

export function showValue(value: unknown): string {
  const text = inFull(value);
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`;
}

function inFull(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `[${value.slice(0, MAX_LENGTH).map(showValue).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  // Not instanceof Tensor: importing Tensor would make a cycle through shapes.
  if ("dtype" in value && "shape" in value) return `a tensor of shape ${inFull(value.shape)}`;
  const names = Object.keys(value);
  return names.length === 0 ? "an empty object" : `an object with ${names.join(", ")}`;
}
