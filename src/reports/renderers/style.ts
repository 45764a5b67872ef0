import { type ColourName, PALETTE } from '../palette.ts'

const variables = (mode: 'light' | 'dark') =>
  Object.entries(PALETTE)
    .map(([name, tones]) => `--${name}:${tones[mode]};`)
    .join('')

/** The page's variable for a colour of the palette. */
export function variable(name: ColourName): string {
  return `var(--${name})`
}

/** The whole style of report.html: light and dark, phone and paper. Kept in the page, so that nothing is loaded. */
export const STYLE = `
:root{color-scheme:light dark;${variables('light')}--page:#f6f7f9}
@media (prefers-color-scheme:dark){:root{${variables('dark')}--page:#0f1116}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,'Segoe UI',Helvetica,Arial,sans-serif}
main{max-width:1060px;margin:0 auto;padding:2.5rem 1rem 5rem}
h1{font-size:1rem;font-weight:600;color:var(--muted);margin:0 0 .25rem;letter-spacing:.01em}
h2{font-size:1.3rem;line-height:1.3;margin:0 0 .9rem}
h3{font-size:1.02rem;margin:1.8rem 0 .5rem}
p{margin:.6rem 0;max-width:70ch;overflow-wrap:anywhere}
.lead{font-size:1.35rem;line-height:1.4;font-weight:600;margin:.2rem 0 1rem;max-width:58ch}
section{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:1.4rem 1.5rem;margin:1rem 0}
nav{font-size:.86rem;margin:.4rem 0 1rem;display:flex;flex-wrap:wrap;gap:.2rem .9rem}
nav a,nav span{color:var(--muted)}nav a:hover{color:var(--accent)}nav span{opacity:.6}
a{color:var(--accent);text-decoration:none}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.7rem;margin:1rem 0}
.figures div{border:1px solid var(--line);border-radius:8px;padding:.65rem .8rem}
.figures dt{color:var(--muted);font-size:.8rem}
.figures dd{margin:0}.figures .v{font-size:1.3rem;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.3}
.figures .d{font-size:.8rem;color:var(--muted)}
.good{color:var(--good)}.warn{color:var(--warn)}
.note{border-left:3px solid var(--faint);padding:.15rem 0 .15rem .8rem;margin:.7rem 0;max-width:72ch;overflow-wrap:anywhere}
.note.good{border-color:var(--good);color:inherit}.note.warn{border-color:var(--warn);color:inherit}
.scroll{overflow-x:auto;margin:.7rem 0}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums;min-width:min(100%,20rem)}
caption{caption-side:top;text-align:left;color:var(--muted);font-size:.88rem;padding:0 0 .35rem}
th,td{padding:.32rem .55rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--muted);white-space:nowrap}
td.n,th.n{text-align:right}td.n,td.s{white-space:nowrap}
th:first-child,td:first-child{padding-left:.3rem}
tr.stressed td{font-weight:650;background:color-mix(in srgb,var(--accent) 9%,transparent)}
figure{margin:1rem 0}
figure svg{display:block;width:100%;height:auto}
section.empty{display:flex;flex-wrap:wrap;gap:0 1rem;align-items:baseline;padding:.7rem 1.5rem}
section.empty h2{font-size:1rem;margin:0;color:var(--muted)}section.empty p{margin:0;color:var(--muted);font-size:.88rem}
figcaption,p.empty{color:var(--muted);font-size:.88rem;margin-top:.3rem;max-width:75ch}
pre{overflow-x:auto;background:var(--page);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;font:13px/1.5 ui-monospace,'SF Mono',Menlo,Consolas,monospace}
details{margin:.7rem 0}summary{cursor:pointer;color:var(--accent);font-size:.9rem}
@media (max-width:640px){main{padding:1.2rem .5rem 3rem}section{padding:1rem .8rem;border-radius:8px}
.lead{font-size:1.15rem}figure{overflow-x:auto}figure svg{min-width:600px}th,td{padding:.3rem .5rem}}
@media print{:root{${variables('light')}--page:#fff}body{font-size:11pt}main{max-width:none;padding:0}nav{display:none}
section{border:0;padding:0;margin:0 0 1.2rem}figure,tr,.note,.figures{break-inside:avoid}h2,h3{break-after:avoid}
pre{white-space:pre-wrap}.scroll{overflow:visible}}
`
