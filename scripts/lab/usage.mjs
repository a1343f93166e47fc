// The help of `npm run lab -- --help`. Plain JavaScript, so that it works before anything is installed.
export const USAGE = `npm run lab -- [flags]

  --experiments N   experiments to run, the baseline included            (3)
  --budget S        seconds of training each                             (300)
  --budget-tokens N tokens of training each; --budget is then a ceiling   (none)
  --context N       tokens of a row                                      (the adapter's)
  --text FILE       a .txt, .md or .jsonl file instead of the embedded corpus, up to 512 MB; repeated, the files are
                    joined in order
  --train FILE      the train.ts the study starts from                   (the seed)
  --program FILE    the program.md of the study                          (the seed's)
  --seed N          seed of the study                                    (1)
  --vocab N         vocabulary, 256 to 8192                              (1024)
  --rule R          auto, paired or karpathy: see docs/statistics.md     (auto: paired for budgets from 60 s)
  --replicates N    runs of the baseline under the paired rule           (3)
  --cap N           runs of a candidate at most under the paired rule    (3)
  --mingain G       a gain below G bits per byte is not kept             (0)
  --earlystop 1     stop a run that is far behind the incumbent          (0)
  --out FILE        the study's git bundle, written after every verdict  (none is written)
  --profile DIR     keeps the lab in DIR; where DIR holds a study it goes on
  --adapter A       auto, software or hardware                           (auto)
  --engine E        browser, or the address of an engine elsewhere: ws://127.0.0.1:4602 of npm run engine; its token comes
                    from ENGINE_TOKEN                                    (browser; a study that goes on keeps its own)
  --timeout S       stop after so many seconds                           (ten minutes, and six budgets for each experiment)
  --screenshot F    a PNG of the page at the end
  --researcher R    builtin, random, anthropic:MODEL, openai:MODEL, google:MODEL, openrouter:MODEL,
                    compatible:MODEL@URL, or bridge:claude (codex, gemini, any command), an agent installed here
                    that is asked through a bridge of the lab's own, and bridge:claude@URL through one that runs;
                    the key comes from the environment (ANTHROPIC_API_KEY,
                    OPENAI_API_KEY, GEMINI_API_KEY, OPENROUTER_API_KEY, COMPATIBLE_API_KEY, BRIDGE_TOKEN)  (builtin)
  --share X         the model's share of the experiments, 0 to 1         (0.3)
  --can NAME=VALUE  the model's abilities: tools=no, context=8192, promptTokens=6000, answerTokens=2000; may be repeated
  --cap-dollars D   spending limit for models, in dollars                (5)
  --mcp             serves the study over stdio to an agent, by the Model Context Protocol, until the agent leaves;
                    the JSON lines go to stderr, --experiments is then unlimited by default
  --wait S          seconds that each experiment waits for a proposal of the agent, before the researcher
                    fills in                                             (600 with --mcp)
  --alone           no researcher fills in: after --wait seconds the study stops, until the agent proposes again
  --arena NAME      another arena than the GPT's: bin-packing, circle-packing or travelling-salesman. Needs no page, no GPU
                    and no key; takes --experiments (40), --seed, --rule, --researcher builtin or random, --out, and
                    --instances N, the seed of the instances                     (drawn anew)
  --help

Prints one JSON line per event on stdout; the last one of an experiment has type "experiment" and is printed when the
bundle that holds it is on the disk. What ends early says in its last line where the study is and how it goes on.

Exits with 0 when all experiments are done, 1 when something failed, 2 when a flag or a file is wrong, 124 after
--timeout, 130 after SIGINT (Ctrl-C), 143 after SIGTERM, 129 after SIGHUP, 141 when nobody reads stdout any more.`;
