// The error of a command, in one line below its control.

export function Failure({ text }: { readonly text: string | null }) {
  return text === null ? null : (
    <p className="failure" role="alert">
      {text}
    </p>
  );
}
