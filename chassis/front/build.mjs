// Builds what chassis serves under /static into the package, with the licences of what is inside.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compile } from "sass";
import subsetFont from "subset-font";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "src", "chassis", "front", "static");
const from = (...parts) => join(here, "node_modules", ...parts);
const to = (...parts) => join(target, ...parts);

rmSync(target, { recursive: true, force: true });
for (const folder of ["fonts", "docs", "licences"]) mkdirSync(to(folder), { recursive: true });

const style = compile(join(here, "style", "app.scss"), { loadPaths: [from()], style: "compressed", charset: false, quietDeps: true });
writeFileSync(to("app.css"), style.css + "\n");

await build({
  entryPoints: { app: join(here, "script", "app.js"), "docs/docs": join(here, "script", "docs.js") },
  outdir: target, bundle: true, minify: true, format: "esm", target: "es2020", legalComments: "none",
});

// Basic Latin, Latin-1 and the punctuation people type: Indonesian and English need no more.
const letters = [];
for (let code = 0x20; code < 0x100; code += 1) if (code < 0x7f || code > 0x9f) letters.push(String.fromCodePoint(code));
const font = await subsetFont(
  readFileSync(from("@fontsource-variable", "inter", "files", "inter-latin-wght-normal.woff2")),
  letters.join("") + "–—‘’“”•…′″←↑→↓−×€",
  { targetFormat: "woff2", variationAxes: { wght: { min: 400, max: 750 } } },
);
writeFileSync(to("fonts", "inter.woff2"), font);

copyFileSync(join(here, "mark.svg"), to("mark.svg"));
for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) copyFileSync(from("swagger-ui-dist", name), to("docs", name));
const licences = {
  "inter-OFL.txt": ["@fontsource-variable", "inter", "LICENSE"],
  "swagger-ui-Apache-2.0.txt": ["swagger-ui-dist", "LICENSE"],
  "swagger-ui-NOTICE.txt": ["swagger-ui-dist", "NOTICE"],
  "swagger-ui-bundle-parts.txt": ["swagger-ui-dist", "swagger-ui-bundle.js.LICENSE.txt"],
};
for (const [name, path] of Object.entries(licences)) copyFileSync(from(...path), to("licences", name));
// The package of GOV.UK Frontend brings no licence file; this is the one of its repository.
copyFileSync(join(here, "licences", "govuk-frontend-MIT.txt"), to("licences", "govuk-frontend-MIT.txt"));

// A test compares this with the sources, so that nobody edits one and forgets the other.
const sources = ["build.mjs", "mark.svg", "package-lock.json"];
for (const folder of ["script", "style"]) for (const name of readdirSync(join(here, folder))) sources.push(`${folder}/${name}`);
const sums = sources.sort().map((name) => `${createHash("sha256").update(readFileSync(join(here, name))).digest("hex")}  ${name}`);
writeFileSync(to("sources.sha256"), sums.join("\n") + "\n");
