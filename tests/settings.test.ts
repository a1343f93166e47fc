// One schema for the lab, the form, the address and the command line: each parses the same text to the same value, and
// refuses the same text with the same message.
import { describe, expect, it } from "vitest";
import { parseLabOptions } from "../scripts/lab/options.ts";
import {
  completeSettings,
  PARAMETERS,
  SETTING_NAMES,
  type SettingName,
  settingsFromAddress,
} from "../src/research/contract/settings.ts";
import {
  CHOICES,
  fieldError,
  FIELDS,
  type FormName,
  initialForm,
  parseSettings,
} from "../src/ui/state/settings.ts";

const WHOLE = "a whole number from";
const EXPECTED: Readonly<Record<SettingName, string>> = {
  budgetSeconds: "a number from 1 to 86400",
  budgetTokens: `${WHOLE} 0 to 536870912`,
  context: `${WHOLE} 0 to 4096`,
  seed: `${WHOLE} 0 to 4294967295`,
  vocabSize: `${WHOLE} 256 to 8192`,
  experiments: `${WHOLE} 0 to 100000`,
  rule: "auto, paired or karpathy",
  replicates: `${WHOLE} 1 to 20`,
  cap: `${WHOLE} 1 to 20`,
  minimumGain: "a number from 0 to 1",
  earlyStop: "0 or 1",
};

const WRONG: readonly (readonly [SettingName, string])[] = [
  ...(["budgetSeconds", "seed", "vocabSize", "replicates", "cap", "minimumGain"] as const).flatMap((name) =>
    ["", "soon", "NaN", "Infinity", "-1", "1e30"].map((text) => [name, text] as const),
  ),
  ["budgetSeconds", "0.5"],
  ["budgetSeconds", "86401"],
  ["budgetTokens", "536870913"],
  ["context", "4097"],
  ["seed", "4294967296"],
  ["seed", "1.5"],
  ["vocabSize", "255"],
  ["vocabSize", "8193"],
  ["experiments", "-1"],
  ["experiments", "100001"],
  ["rule", "luck"],
  ["rule", "Paired"],
  ["rule", ""],
  ["replicates", "0"],
  ["cap", "21"],
  ["minimumGain", "1.01"],
  ["earlyStop", "maybe"],
  ["earlyStop", "2"],
];

const RIGHT: readonly (readonly [SettingName, string, unknown])[] = [
  ["budgetSeconds", "1", 1],
  ["budgetSeconds", "86400", 86_400],
  ["budgetSeconds", " 2.5 ", 2.5],
  ["budgetTokens", "536870912", 2 ** 29],
  ["context", "0", 0],
  ["seed", "0", 0],
  ["seed", "2147483648", 2 ** 31],
  ["seed", "4294967295", 2 ** 32 - 1],
  ["vocabSize", "8192", 8192],
  ["experiments", "100000", 100_000],
  ["rule", "karpathy", "karpathy"],
  ["replicates", "20", 20],
  ["cap", "1", 1],
  ["minimumGain", "1e-3", 0.001],
  ["earlyStop", "1", true],
  ["earlyStop", "0", false],
];

const inForm = (name: SettingName): name is FormName => name in FIELDS || name in CHOICES;
const flagOf = (name: SettingName) => (name === "budgetTokens" ? "budget-tokens" : PARAMETERS[name]);
const address = (name: SettingName, text: string) =>
  settingsFromAddress(`?${PARAMETERS[name]}=${encodeURIComponent(text)}`);
const commandLine = (name: SettingName, text: string) => {
  const options = parseLabOptions([`--${flagOf(name)}=${text}`]);
  return options === "help" ? {} : options.settings;
};

describe("a setting, wherever it is written", () => {
  it.each(WRONG)("%s is not “%s”", (name, text) => {
    const sentence = `got ${text === "" ? "nothing" : text}, expected ${EXPECTED[name]}`;
    expect(address(name, text)).toEqual({ settings: {}, ignored: [`${PARAMETERS[name]}: ${sentence}`] });
    expect(() => commandLine(name, text)).toThrow(`--${flagOf(name)}: ${sentence}`);
    if (!inForm(name)) return;
    expect(fieldError(name, text)).toBe(sentence);
    expect(parseSettings({ ...initialForm(""), [name]: text })).toBeNull();
  });

  it.each(RIGHT)("%s may be “%s”", (name, text, value) => {
    expect(address(name, text)).toEqual({ settings: { [name]: value }, ignored: [] });
    expect(commandLine(name, text)).toEqual({ [name]: value });
    expect(completeSettings({ [name]: value })).toMatchObject({ [name]: value });
    if (!inForm(name)) return;
    expect(fieldError(name, text)).toBeNull();
    expect(parseSettings({ ...initialForm(""), [name]: text })).toMatchObject({ [name]: value });
  });

  it("is refused by the lab in the same words", () => {
    for (const [name, text] of WRONG.filter(([name, text]) => text !== "" && name !== "earlyStop")) {
      const value = name === "rule" ? text : Number(text);
      const line = `setting ${PARAMETERS[name]}, got ${value}, expected ${EXPECTED[name]}`;
      expect(() => completeSettings({ [name]: value })).toThrow(line);
    }
  });

  it("covers every setting, and the headless lab alone needs an end", () => {
    expect([...new Set(RIGHT.map(([name]) => name))].sort()).toEqual([...SETTING_NAMES].sort());
    expect([...new Set(WRONG.map(([name]) => name))].sort()).toEqual([...SETTING_NAMES].sort());
    expect(address("experiments", "0").settings).toEqual({ experiments: 0 });
    expect(() => commandLine("experiments", "0")).toThrow(/a headless lab needs an end/);
  });
});
