"""``report.html`` in a real browser: what a host sends stays text, the filters work, nothing is loaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from evidence_runs import Writing, storied
from hostile import PAYLOADS

from vmready.evidence import html
from vmready.model import Cause, Host, Verdict

pytestmark = pytest.mark.browser

FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update"
    " --disable-sync --disable-dev-shm-usage --window-size=1400,1400"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no Chromium with its driver on the path")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()


class Page:
    """A report, opened. Everything that the browser logs from then on is kept."""

    def __init__(self, browser, path: Path, document: str) -> None:
        self.browser = browser
        path.write_text(document, encoding="utf-8")
        browser.get("about:blank")
        browser.get_log("browser")
        browser.get_log("performance")
        browser.get(path.as_uri())
        self.uri = path.as_uri()

    def js(self, script: str):
        return self.browser.execute_script(script)

    def click(self, selector: str) -> None:
        self.js(f"document.querySelector({json.dumps(selector)}).click()")

    def rows(self) -> list[str]:
        """The verdicts of the rows that can be seen."""
        return self.js(
            "return [...document.querySelectorAll('#results-table > tbody')].filter(row => row.offsetHeight > 0)"
            ".map(row => row.querySelector('.col-verdict b').textContent)"
        )

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser")]

    def requests(self) -> set[str]:
        messages = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        sent = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
        return {params["request"]["url"].split("?")[0] for params in sent}


@pytest.fixture
def page(browser, tmp_path):
    return Page(browser, tmp_path / "report.html", html.render(storied(tmp_path / "run")))


def test_it_opens_without_errors_and_loads_nothing_else(page):
    assert len(page.rows()) == 84
    assert page.errors() == []
    assert page.requests() == {page.uri}


def test_each_verdict_can_be_hidden_and_shown_again(page):
    for verdict in Verdict:
        before = page.rows()
        box = f"#show-{verdict.replace(' ', '-')}"
        page.click(box)
        assert page.rows() == [row for row in before if row != verdict]
        page.click(box)
        assert page.rows() == before
    assert page.errors() == []


def test_pytest_htmls_own_filter_works_beside_it(page):
    page.click("#show-undetermined")
    page.click("input[data-test-result='passed']")
    left = set(page.rows())
    assert left == {"non-compliant", "unreachable", "not run", "waived", "not applicable"}
    page.click("input[data-test-result='passed']")
    page.click("#show-undetermined")
    assert len(page.rows()) == 84


def test_columns_sort_by_weight_and_natural_order(page):
    page.click("th[data-column-type='verdict']")
    verdicts = page.rows()
    assert verdicts[0] == "non-compliant"
    assert verdicts[-1] == "compliant"
    page.click("th[data-column-type='host']")
    hosts = page.js("return [...document.querySelectorAll('td.col-host')].map(cell => cell.innerText)")
    assert hosts == sorted(hosts)


def test_a_row_opens_with_what_was_observed_and_the_remedy(page):
    page.click("#results-table > tbody td.col-requirement")
    text = page.js("return document.querySelector('#results-table > tbody dl.finding').innerText")
    assert '"Enabled": 0' in text
    assert "Set it right and restart the host." in text


def hostile_report(folder: Path) -> str:
    hosts = [Host(f"web-{number}", "10.0.0.1", tags={"note": payload}) for number, payload in enumerate(PAYLOADS)]
    writing = Writing(folder, hosts)
    for host, payload in zip(hosts, PAYLOADS, strict=True):
        writing.writer.collected(host.name, cause=Cause("down", payload, payload), warnings=[payload])
        waiver = {payload: payload}
        writing.found(
            host.name, "UM-11", Verdict.NON_COMPLIANT, payload, observed={payload: [payload]}, notes=(payload,)
        )
        writing.found(host.name, "UM-02", Verdict.WAIVED, payload, waiver=waiver, cause=payload)
        writing.found(host.name, "UM-12", Verdict.UNDETERMINED, payload)
        writing.writer.message(payload, hosts=[host.name])
        writing.writer.waiver("expired", payload)
    return html.render(writing.end(1, PAYLOADS[0]))


def test_nothing_that_a_host_sends_is_obeyed(browser, tmp_path):
    page = Page(browser, tmp_path / "report.html", hostile_report(tmp_path / "run"))
    page.click("#show_all_details")
    page.js("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.js("document.querySelectorAll('*').forEach(each => each.dispatchEvent(new MouseEvent('mouseover')))")
    assert page.js("return window.pwned") is None
    assert page.js("return document.querySelectorAll('script').length") == 1
    assert page.js("return document.querySelectorAll('iframe, svg, object, embed, link, form').length") == 0
    assert page.js("return [...document.querySelectorAll('img')].filter(each => each.getAttribute('src')).length") == 0
    assert (
        page.js(r"return /[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u001b]/.test(document.body.innerText)")
        is False
    )
    assert "<script>window.pwned = 1</script>" in page.js("return document.body.innerText")
    assert page.js("return document.querySelectorAll('#results-table > tbody').length") == 7 * len(PAYLOADS)
    assert page.errors() == []
    assert page.requests() == {page.uri}


def test_the_policy_is_in_force(page):
    page.js(
        "const script = document.createElement('script'); script.textContent = 'window.pwned = 1';"
        "document.body.appendChild(script);"
        "const image = document.createElement('img'); image.src = 'http://127.0.0.1:9/x.png'; document.body.appendChild(image);"
        "const div = document.createElement('div'); div.innerHTML = '<p onclick=\"window.pwned = 1\">x</p>';"
        "document.body.appendChild(div); div.firstChild.click();"
    )
    assert page.js("return window.pwned") is None
    refused = "\n".join(page.errors())
    assert refused.count("Content Security Policy directive") >= 3
