//! Timelines as one page that asks nobody for anything: no fonts, no scripts of others, no request.

use std::fmt::Write as _;
use std::iter;

use crate::timeline::Timeline;

use super::beside::{HEADS, SeenTable, has_seen, marks, tables};
use super::sentences::{because, capital, condition, cost, fixed, gone, headline, lost, seconds, sentences};
use super::story::{Story, by_risk};
use super::svg::{HATCH, Picture, STYLE, axis, escaped, meanings, picture, sample};

const PAGE_STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--rule:#d1d9e0;--paper:#fff;--bad:#cf222e;--good:#1a7f37;--shade:#f6f8fa;--link:#0969da}\
@media (prefers-color-scheme:dark){:root{--ink:#f0f6fc;--soft:#9198a1;--rule:#3d444d;--paper:#0d1117;--bad:#f85149;--good:#3fb950;--shade:#151b23;--link:#4493f8}}\
*{box-sizing:border-box}body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:1060px;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}\
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:0}h3{font-size:1rem;text-wrap:balance;margin:1.25rem 0 .25rem}p{margin:.4rem 0}a{color:var(--link)}\
.soft{color:var(--soft)}.bad{color:var(--bad);font-weight:600}.good{color:var(--good);font-weight:600}\
.tools{display:flex;flex-wrap:wrap;gap:.75rem 1.25rem;margin:1rem 0;align-items:end}label{display:grid;font-size:.85rem;color:var(--soft)}\
input,select{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--rule);border-radius:6px;padding:.35rem .6rem;min-width:12rem}\
body.wide{max-width:1400px}.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--rule)}\
th button{font:inherit;font-weight:600;color:inherit;background:none;border:0;padding:0;cursor:pointer}th[aria-sort=ascending] button::after{content:\" ↑\"}\
th[aria-sort=descending] button::after{content:\" ↓\"}.name{width:34%}tbody th{font-weight:400}tbody th,td,summary{overflow-wrap:anywhere}#t a{display:inline-block;min-width:7.5rem}#t td:last-child{min-width:11rem}.num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
.who{white-space:nowrap}details.w{border:1px solid var(--rule);border-radius:8px;margin:1rem 0;padding:.25rem 1rem}details.w>summary{cursor:pointer;padding:.5rem 0}\
summary h2{display:inline}code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}.pic{display:flex;margin:.25rem 24px .5rem 0}.names{flex:none;width:130px}.bars{flex:auto;width:100%;min-width:0;overflow:visible}.row{display:grid;gap:0 1.5rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr))}.row section{display:flex;flex-direction:column;justify-content:space-between;min-width:0}\
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:.5rem 0;font-size:.85rem}\
.legend svg{width:14px;height:14px;vertical-align:-2px;margin-right:.35rem}:focus-visible{outline:2px solid var(--link);outline-offset:2px}\
[hidden]{display:none!important}@media (max-width:700px){.num{white-space:normal}table{font-size:.85rem}th,td{padding:.4rem .25rem}#t a,#t td:last-child{min-width:0}.names{width:104px}.pic .tl text{font-size:11px}.odd{display:none}.seen tr{display:grid;grid-template-columns:4.7rem 3.4rem 5.2rem 1fr;border-bottom:1px solid var(--rule)}.seen th,.seen td{border:0}.seen .who{white-space:normal}.seen tr>:last-child{grid-column:1/-1}.seen thead th:last-child{display:none}}@media print{:root{--ink:#000;--soft:#333;--paper:#fff;--rule:#999;--bad:#b00;--good:#060}.tools{display:none}\
body{max-width:none;padding:0}details.w{break-inside:avoid;border:0}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

/// How many labels of a scale fit where there is room.
const MOST_LABELS: usize = 13;

/// Filter, search and sort; without it all is there, in the order of risk.
const SCRIPT: &str = "\
const q=document.getElementById('q'),f=document.getElementById('f'),n=document.getElementById('n'),body=document.querySelector('#t tbody');\
function show(){const text=q.value.toLowerCase();let count=0;for(const row of body.rows){const ok=row.dataset.text.includes(text)&&(f.value==='all'||row.dataset.is===f.value);\
row.hidden=!ok;const part=document.getElementById(row.dataset.id);if(part)part.hidden=!ok;if(ok)count++}n.textContent=count+' of '+body.rows.length+' workloads'}\
q.addEventListener('input',show);f.addEventListener('change',show);show();\
for(const head of document.querySelectorAll('#t th[data-by]'))head.querySelector('button').addEventListener('click',()=>{const by=head.dataset.by,\
down=head.getAttribute('aria-sort')!=='descending';for(const other of head.parentNode.cells)if(other.dataset.by)other.setAttribute('aria-sort','none');\
head.setAttribute('aria-sort',down?'descending':'ascending');const value=row=>by==='name'?row.dataset.text:Number(row.dataset[by]);\
const rows=[...body.rows].sort((a,b)=>{const x=value(a),y=value(b);return(x<y?-1:x>y?1:0)*(down?-1:1)});rows.forEach(row=>{body.append(row);\
const part=document.getElementById(row.dataset.id);if(part)part.parentNode.append(part)})});\
function open(){const part=document.getElementById(location.hash.slice(1));if(part&&part.tagName==='DETAILS'){part.open=true;part.firstElementChild.focus()}}\
addEventListener('hashchange',open);open();let closed=[];addEventListener('beforeprint',()=>{closed=[...document.querySelectorAll('details:not([open])')];\
closed.forEach(part=>part.open=true)});addEventListener('afterprint',()=>closed.forEach(part=>part.open=false));";

/// The page, a part at a time.
pub(super) fn html(stories: &[Story]) -> impl Iterator<Item = String> {
    let sorted = by_risk(stories);
    let losing = stories.iter().filter(|story| story.loses()).count();
    let (class, verdict) = match (losing, stories.len()) {
        (0, _) => ("good", "No request is lost when a pod is deleted, as far as can be seen.".to_owned()),
        (1, 1) => {
            let cause = stories.iter().flat_map(|story| &story.now).map(because).find(|cause| !cause.is_empty());
            ("bad", format!("Requests are lost when a pod of this workload is deleted{}.", cause.unwrap_or_default()))
        }
        (losing, all) => ("bad", format!("In {losing} of {all} workloads, a pod that is deleted loses requests.")),
    };
    let wide = if stories.iter().any(|story| !story.then.is_empty()) { " class=\"wide\"" } else { "" };
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>What happens when a pod is deleted</title>\n<style>{PAGE_STYLE}{STYLE}</style>\n</head>\n<body{wide}>\n\
         <svg width=\"0\" height=\"0\" class=\"tl\" style=\"position:absolute\" aria-hidden=\"true\">{HATCH}</svg>\n\
         <header><h1>What happens when a pod is deleted</h1>\n<p class=\"{class}\">{verdict}</p></header>\n<main>\n"
    );
    if stories.len() > 1 {
        overview(&mut text, &sorted);
    }
    legend(&mut text, has_seen(stories));
    text.push_str("<div>\n");
    let is_alone = stories.len() == 1;
    let workloads = sorted.into_iter().enumerate().map(move |(number, story)| {
        let mut text = String::new();
        workload(&mut text, story, number, is_alone);
        text
    });
    let script = if stories.len() > 1 { format!("<script>{SCRIPT}</script>\n") } else { String::new() };
    let end = format!("</div>\n</main>\n{script}</body>\n</html>\n");
    iter::once(text).chain(workloads).chain(iter::once(end))
}

/// The table with what finds something in it.
fn overview(text: &mut String, stories: &[&Story]) {
    text.push_str(
        "<div class=\"tools\" role=\"search\"><label>Search <input id=\"q\" type=\"search\" autocomplete=\"off\"></label>\n\
         <label>Show <select id=\"f\"><option value=\"all\">all</option><option value=\"bad\">what loses requests</option>\
         <option value=\"good\">what loses none</option><option value=\"none\">what has no timeline</option></select></label>\n\
         <span id=\"n\" class=\"soft\" role=\"status\"></span></div>\n<div class=\"scroll\"><table id=\"t\" aria-label=\"All workloads\">\n<thead><tr>\
         <th scope=\"col\" class=\"name\" data-by=\"name\" aria-sort=\"none\"><button>Workload</button></th>\
         <th scope=\"col\" class=\"num\" data-by=\"risk\" aria-sort=\"descending\"><button>Seconds at risk</button></th>\
         <th scope=\"col\" class=\"num\" data-by=\"gone\" aria-sort=\"none\"><button>Gone after</button></th>\
         <th scope=\"col\">What is lost, and why</th></tr></thead>\n<tbody>\n",
    );
    for (number, story) in stories.iter().enumerate() {
        let after = gone(&story.now);
        let what = lost(&story.now);
        let (is, what) = match (story.now.is_empty(), what.is_empty()) {
            (true, _) => ("none", format!("<span class=\"soft\">no timeline: {}</span>", escaped(&story.reason))),
            (false, true) => ("good", "<span class=\"good\">nothing</span>".to_owned()),
            (false, false) => ("bad", format!("<span class=\"bad\">{}</span>", escaped(&what))),
        };
        let cause = story.now.iter().find_map(Timeline::cause).unwrap_or_default();
        let cause = if cause.is_empty() { String::new() } else { format!("<br>{}", escaped(&capital(cause))) };
        let fixed = fixed(story).map_or_else(String::new, |fixed| format!("<br>{}", escaped(&capital(&fixed))));
        let _ = writeln!(
            text,
            "<tr data-id=\"w{number}\" data-is=\"{is}\" data-risk=\"{:.1}\" data-gone=\"{:.1}\" data-text=\"{}\">\
             <th scope=\"row\"><a href=\"#w{number}\">{}</a></th><td class=\"num\">{}</td><td class=\"num\">{}</td>\
             <td>{what}{cause}{fixed}</td></tr>",
            story.at_risk().as_secs_f64(),
            after.map_or(0.0, |after| after.latest.as_secs_f64()),
            escaped(&format!("{} {}", story.short(), story.place).to_lowercase()),
            escaped(&story.short()),
            if story.loses() { seconds(story.at_risk()) } else { String::new() },
            after.map_or(String::new(), |after| after.to_string()),
        );
    }
    text.push_str("</tbody>\n</table></div>\n");
}

fn legend(text: &mut String, has_seen: bool) {
    text.push_str("<ul class=\"legend\" aria-label=\"What the colours mean\">");
    for (class, name) in meanings(has_seen) {
        let _ = write!(
            text,
            "<li><svg class=\"tl\" viewBox=\"0 0 14 14\" aria-hidden=\"true\">{}</svg>{name}</li>",
            sample(class)
        );
    }
    text.push_str("</ul>\n");
}

fn workload(text: &mut String, story: &Story, number: usize, is_open: bool) {
    let open = if is_open { " open" } else { "" };
    let _ = writeln!(
        text,
        "<details class=\"w\" id=\"w{number}\"{open}><summary><h2>{}</h2> <span class=\"soft\">{}</span></summary>",
        escaped(&story.title),
        escaped(&story.place)
    );
    if story.now.is_empty() {
        let _ = writeln!(text, "<p>There is no timeline: {}.</p>", escaped(&story.reason));
    }
    let axis = axis(story);
    for row in story.rows() {
        text.push_str("<div class=\"row\">\n");
        for (start, timeline) in row {
            let class = if timeline.losses.is_empty() { "good" } else { "bad" };
            let head = headline(start, timeline);
            let sentences = sentences(timeline);
            let _ = writeln!(text, "<section><h3 class=\"{class}\">{}.</h3>", escaped(&head));
            if !sentences.is_empty() {
                let items: String =
                    sentences.iter().map(|sentence| format!("<li>{}.</li>", escaped(sentence))).collect();
                let _ = writeln!(text, "<ul>{items}</ul>");
            }
            let Picture { names, bars, height } = picture(timeline, &marks(story, timeline), axis, MOST_LABELS);
            let _ = writeln!(
                text,
                "<div class=\"pic\" role=\"img\" aria-label=\"{}\"><svg class=\"tl names\" height=\"{height:.0}\">{names}</svg>\
                 <svg class=\"tl bars\" height=\"{height:.0}\">{bars}</svg></div></section>",
                escaped(&format!("{head}. {}", sentences.join(". ")))
            );
        }
        text.push_str("</div>\n");
    }
    if !story.changes.is_empty() && !story.then.is_empty() {
        let _ = writeln!(text, "<p><b>The fix:</b> <code>{}</code></p>", escaped(&story.changes.join("; ")));
        cost(story).iter().for_each(|cost| {
            let _ = writeln!(text, "<p><b>Its cost:</b> {}.</p>", escaped(cost));
        });
    }
    tables(story).iter().for_each(|table| seen(text, table));
    story.rows().flatten().for_each(|(start, timeline)| events(text, start, timeline));
    premises(text, story);
    text.push_str("</details>\n");
}

/// What was seen of a pod, as a table.
fn seen(text: &mut String, table: &SeenTable) {
    let _ = writeln!(text, "<h3>{}</h3>\n<p>{}</p>", escaped(&capital(&table.title)), escaped(&table.zero));
    if !table.rows.is_empty() {
        table_head(text, " class=\"seen\"", "What was seen, beside what was predicted", &HEADS);
        for row in &table.rows {
            let class = if row.is_as_predicted { "" } else { " class=\"bad\"" };
            let cells = [&row.predicted, &row.seen, &row.difference].map(|cell| escaped(cell));
            let [predicted, seen, difference] = cells;
            let _ = writeln!(
                text,
                "<tr><td class=\"num\">{predicted}</td><td class=\"num\">{seen}</td><td class=\"num\">{difference}</td>\
                 <td class=\"who\">{}</td><td{class}>{}</td></tr>",
                escaped(&row.who),
                escaped(&row.what)
            );
        }
        text.push_str("</tbody></table></div>\n");
    }
    table.notes.iter().for_each(|note| {
        let _ = writeln!(text, "<p class=\"soft\">{}</p>", escaped(note));
    });
}

/// The start of a table, up to its rows.
fn table_head(text: &mut String, class: &str, name: &str, heads: &[&str]) {
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    let _ = writeln!(
        text,
        "<div class=\"scroll\"><table{class} aria-label=\"{}\"><thead><tr>{heads}</tr></thead><tbody>",
        escaped(name)
    );
}

fn events(text: &mut String, start: &str, timeline: &Timeline) {
    let title = format!("Second by second {}{}", start.to_lowercase(), condition(timeline));
    let _ = writeln!(text, "<details><summary>{}</summary>", escaped(&title));
    table_head(text, "", &title, &["when", "who", "what"]);
    for (lane, event) in timeline.events() {
        let _ = writeln!(
            text,
            "<tr><td class=\"num\">{}</td><td>{}</td><td>{}</td></tr>",
            event.at,
            escaped(&lane.name),
            escaped(&event.text)
        );
    }
    text.push_str("</tbody></table></div></details>\n");
}

fn premises(text: &mut String, story: &Story) {
    let Some(first) = story.now.first() else { return };
    text.push_str("<details><summary>What this rests on</summary>");
    table_head(text, "", "What this rests on", &["fact", "value", "origin"]);
    for premise in &first.premises {
        let by = if premise.by.is_empty() { String::new() } else { format!(": {}", premise.by) };
        let _ = writeln!(
            text,
            "<tr><th scope=\"row\">{}</th><td><code>{}</code></td><td class=\"soft\">{}{}</td></tr>",
            escaped(&premise.name),
            escaped(&premise.value),
            premise.standing.name(),
            escaped(&by)
        );
    }
    text.push_str("</tbody></table></div></details>\n");
}
