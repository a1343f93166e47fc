// Writes the generated table of the arena `tables` as a file:
//
//   npx tsx bench/arenas/table.ts 1 > customers.csv
//   npm run lab -- --arena tables --file customers.csv --target left --split time:joined
import { generatedTable } from "../../src/arenas/tables/generate.ts";

process.stdout.write(generatedTable(Number(process.argv[2] ?? 1)));
