// Runs the worker's code of a page of `course share`, as it stands in the page, and prints tokens per CPU second.
import { readFileSync } from "node:fs";

const [file, rounds, tokens] = process.argv.slice(2);
const page = readFileSync(file, "utf8");
const held = (name) => page.match(new RegExp(`id="${name}">\\s*([^]*?)</script>`))[1];
globalThis.self = {}; // what the worker would answer to
const Writer = new Function(`${held("worker-code")}\nreturn Writer;`)();

const cpuSeconds = (since) => Object.values(process.cpuUsage(since)).reduce((a, b) => a + b) / 1e6;
const begun = process.cpuUsage();
const [weights, tokenizer] = [held("weights-data"), held("tokenizer-data")];
const writer = await Writer.unpack({ model: JSON.parse(held("model-data")), weights, tokenizer });
const sampling = { temperature: 0.8, top_k: null, top_p: null, min_p: null };
const ids = writer.tokenizer.encode("Once upon a time");
const write = (count) => {
  for (let i = 0; i < count; i++) ids.push(writer.write(ids, sampling, ((7 * i) % 10) / 10).id); // no end stops it
};

write(1);
const first = cpuSeconds(begun);
write(tokens / 2); // until the code is compiled
const speeds = Array.from({ length: rounds }, () => {
  const before = process.cpuUsage();
  write(Number(tokens));
  return tokens / cpuSeconds(before);
});
console.log(JSON.stringify({ first, speeds }));
