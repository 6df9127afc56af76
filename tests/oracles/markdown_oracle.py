# What GitHub's own Markdown library makes of comments. A line of standard input: the Markdown, as a string of JSON.
# A line of standard output: {"characters", "headings": [[level, text]], "tags": [names], "attributes": [names],
# "summaries": [text of what is folded below], "codes": [text], "prose": all text outside code, "unclosed": [tags]}.
import json
import sys
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

EMPTY = {"br", "hr", "img"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open = []
        self.said = {"headings": [], "tags": set(), "attributes": set(), "summaries": [], "codes": [], "prose": ""}
        self.unclosed = []

    def handle_starttag(self, tag, attributes):
        self.said["tags"].add(tag)
        for name, _ in attributes:
            self.said["attributes"].add(name)
        if tag in EMPTY:
            return
        self.open.append(tag)
        if tag[0] == "h" and tag[1:].isdigit():
            self.said["headings"].append([int(tag[1:]), ""])
        if tag == "summary":
            self.said["summaries"].append("")
        if tag == "code":
            self.said["codes"].append("")

    def handle_endtag(self, tag):
        if tag in EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.unclosed.append(tag)

    def handle_comment(self, data):
        if data != " ":  # of ours, which keeps an address from becoming a link
            self.said["tags"].add("!--")

    def handle_data(self, data):
        if any(tag[0] == "h" and tag[1:].isdigit() for tag in self.open):
            self.said["headings"][-1][1] += data
        if "summary" in self.open:
            self.said["summaries"][-1] += data
        if "code" in self.open:
            self.said["codes"][-1] += data
        else:
            self.said["prose"] += data


for line in sys.stdin:
    markdown = json.loads(line)
    # GitHub lets tags through, and then only those of a list; so here all have to be seen.
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    page = Page()
    page.feed(html)
    page.close()
    said = page.said
    said["tags"] = sorted(said["tags"])
    said["attributes"] = sorted(said["attributes"])
    said["unclosed"] = page.unclosed + page.open
    said["characters"] = len(markdown)
    print(json.dumps(said))
