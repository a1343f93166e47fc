// The unit in which a row is read: four elements if FOUR, else one.

const FOUR = true;
alias Item = vec4f; // @if FOUR
alias Item = f32; // @if !FOUR
const ITEM_WIDTH = 4u; // @if FOUR
const ITEM_WIDTH = 1u; // @if !FOUR
fn total(x: Item) -> f32 {
  return (x.x + x.y) + (x.z + x.w); // @if FOUR
  return x; // @if !FOUR
}
fn top(x: Item) -> f32 {
  return max(max(x.x, x.y), max(x.z, x.w)); // @if FOUR
  return x; // @if !FOUR
}
