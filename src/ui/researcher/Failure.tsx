// One line under what was asked, when it failed.

export function Failure({ text }: { readonly text: string | null }) {
  return text === null ? null : (
    <p className="failure" role="alert">
      {text}
    </p>
  );
}
