"""The kernel in JupyterLab, as somebody sees it who has just installed both."""

import re

import pytest
from playwright.sync_api import sync_playwright

from lab import CHROMIUM, Notebook, Server, find_chromium
from session import KERNEL


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("lab")) as s:
        yield s


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=find_chromium(), args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def opened(server, browser, request):
    """Opens a notebook of the given cells; a screenshot of how the test left it is kept."""
    pages = []

    def open_notebook(*cells):
        name = re.sub(r"\W+", "_", request.node.name.removeprefix("test_"))
        server.notebook(f"{name}.ipynb", *cells, kernel=KERNEL)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        pages.append(page)
        nb = Notebook(server, page, f"{name}.ipynb")
        pages.append(nb)
        return nb

    yield open_notebook
    if len(pages) == 2:
        pages[1].shot(re.sub(r"\W+", "_", request.node.name.removeprefix("test_")))
        pages[1].command("kernelmenu:shutdown")
        pages[0].close()


# What a notebook shows: an image, a table, a value, text, a plot that JupyterLab draws itself.
SHOWS = [
    'import ("image"; "image/color")\npicture := image.NewRGBA(image.Rect(0, 0, 64, 64))\n'
    "for i := range 64 { picture.Set(i, i, color.RGBA{255, 0, 0, 255}) }\npicture",
    'type city struct { Name string; People int }\ncities := []city{{"Bern", 134_000}, {"Basel", 178_000}}\ncities',
    'fmt.Println("printed")\nlen(cities)',
    'import "github.com/gonbml/gonbml/display"\ndisplay.HTML("<b>bold</b>", "bold")',
]


def test_run_all_shows_what_cells_make(opened):
    nb = opened(*SHOWS)
    nb.run_all()
    image = nb.outputs(0).locator("img")
    assert image.evaluate("i => i.naturalWidth") == 64
    assert nb.outputs(1).locator("table").inner_text().split() == ["Name", "People", "0", "Bern", "134000", "1", "Basel", "178000"]
    assert nb.text(2).split() == ["printed", "2"]
    assert nb.outputs(3).locator("b").inner_text() == "bold"


def test_state_lasts_and_an_edited_cell_reaches_the_others(opened):
    nb = opened("x := 20", "func twice(n int) int { return 2 * n }", "twice(x) + 2")
    nb.run_all()
    assert nb.text(2) == "42"
    nb.edit(1)
    nb.page.keyboard.press("Control+a")
    nb.page.keyboard.type("func twice(n int) int { return 3 * n }")
    nb.page.keyboard.press("Shift+Enter")
    nb.idle()
    nb.run(2)
    nb.wait_for_text(2, "62")


def test_the_interrupt_button_stops_a_loop_and_loses_nothing(opened):
    nb = opened('n := 0\nfmt.Println("begun")\nfor { n++ }', "n > 0")
    nb.run(0)
    nb.wait_for_text(0, "begun")
    nb.page.locator('[data-command="notebook:interrupt-kernel"], [data-jp-item-name="interrupt"]').first.click()
    nb.idle(10)
    assert "Interrupted" in nb.text(0)
    nb.run(1)
    nb.wait_for_text(1, "true")


def test_restart_gives_an_empty_session(opened):
    nb = opened("x := 1", "x")
    nb.run_all()
    assert nb.text(1) == "1"
    nb.page.locator('[data-command="kernelmenu:restart"], [data-jp-item-name="restart"]').first.click()
    nb.page.locator(".jp-Dialog .jp-mod-accept").click()
    nb.page.wait_for_timeout(500)
    nb.idle()
    nb.run(1)
    nb.wait_for_text(1, "undefined: x")


def test_input_boxes_ask(opened):
    nb = opened('var name string\nfmt.Print("Who? ")\nfmt.Scanln(&name)\nfmt.Println("Hello", name)')
    nb.run(0)
    box = nb.page.locator("input.jp-Stdin-input")
    box.wait_for()
    box.fill("Ada")
    box.press("Enter")
    nb.wait_for_text(0, "Hello Ada")


def test_errors_point_at_the_line(opened):
    nb = opened("a := 1\nb := a + unknwon", "var p *int\n*p = 3", 'os.Open("nowhere.txt")')
    for i, word in enumerate(["undefined: unknwon", "nil pointer", "no such file"]):
        nb.run(i)
        nb.idle()
        assert word in nb.text(i)
        assert "line" in nb.text(i) or i == 2


# The least contrast of the texts in the outputs, by the formula of WCAG 2.1, and that text. The
# terminal's colours are JupyterLab's own choice, and left out.
LEAST_CONTRAST = """() => {
    const rgb = c => (c.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    const light = ([r, g, b]) => {
        const f = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
    };
    const behind = e => {
        for (; e; e = e.parentElement) {
            const c = rgb(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0.5) return c;
        }
        return [255, 255, 255];
    };
    let least = [100, ''];
    for (const out of document.querySelectorAll('.jp-OutputArea-output')) {
        const walk = document.createTreeWalker(out, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const e = walk.currentNode.parentElement;
            if (!walk.currentNode.textContent.trim() || e.closest('style, script, [class*=ansi-]')) continue;
            const a = light(rgb(getComputedStyle(e).color)), b = light(behind(e));
            const c = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (c < least[0]) least = [c, walk.currentNode.textContent];
        }
    }
    return least;
}"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_outputs_are_legible_in(opened, theme):
    nb = opened(*SHOWS, 'errors.New("an error as value")', "var p *int\n*p = 3")
    nb.theme(theme)
    nb.run_all()
    contrast, text = nb.page.evaluate(LEAST_CONTRAST)
    assert contrast >= 4.5, f"{text!r} has a contrast of {contrast:.1f}"


def test_progress_is_updated_in_place(opened):
    nb = opened(
        'import "github.com/gonbml/gonbml/display"\n'
        'var h display.Handle\n'
        'for i := range 50 { h.Publish(display.Text(fmt.Sprint("step ", i))); time.Sleep(10 * time.Millisecond) }'
    )
    nb.run_all()
    assert nb.text(0) == "step 49"
    assert nb.outputs(0).count() == 1


def test_the_completion_popup_offers_members_and_names_of_the_session(opened):
    nb = opened("type city struct { Name string; People int }\nbern := city{\"Bern\", 134000}", "")
    nb.run(0)
    nb.idle()
    popup = nb.page.locator(".jp-Completer")
    nb.edit(1)
    nb.page.keyboard.type("strings.Has")
    nb.page.keyboard.press("Tab")
    popup.get_by_text("HasPrefix").first.wait_for()
    assert popup.get_by_text("HasSuffix").count() > 0
    nb.shot("completion_popup")
    nb.page.keyboard.press("Escape")
    nb.page.keyboard.press("Control+a")
    nb.page.keyboard.type("bern.Pe")
    nb.page.keyboard.press("Tab")
    popup.get_by_text("People").first.wait_for()
    nb.page.keyboard.press("Enter")
    nb.page.keyboard.press("Shift+Enter")
    nb.wait_for_text(1, "134000")


def test_the_completion_popup_opens_while_a_cell_runs(opened):
    nb = opened('fmt.Println("begun")\ntime.Sleep(time.Minute)', "")
    nb.run(0)
    nb.wait_for_text(0, "begun")
    nb.edit(1)
    nb.page.keyboard.type("strings.Has")
    nb.page.keyboard.press("Tab")
    nb.page.locator(".jp-Completer").get_by_text("HasPrefix").first.wait_for(timeout=10_000)
    nb.command("notebook:interrupt-kernel")


def test_the_tooltip_tells_what_a_name_is(opened):
    nb = opened("// area is in square metres.\nfunc area(w, h float64) float64 { return w * h }", "")
    nb.run(0)
    nb.idle()
    nb.edit(1)
    nb.page.keyboard.type("area")
    nb.page.keyboard.press("Shift+Tab")
    tooltip = nb.page.locator(".jp-Tooltip")
    tooltip.get_by_text("square metres").first.wait_for()
    assert "func area(w float64, h float64) float64" in tooltip.inner_text()
    nb.shot("tooltip")


def test_a_slider_moves_and_a_cell_reacts(opened):
    nb = opened(
        '%widgets\nimport "github.com/janpfeifer/gonb/gonbui/widgets"\n'
        "slider := widgets.Slider(0, 100, 50).Done()\n"
        'go func() { for v := range slider.Listen().C { fmt.Println("moved to", v) } }()',
        "slider.Value()",
    )
    nb.run(0)
    nb.idle()
    handle = nb.cell(0).locator("input[type=range]")
    handle.wait_for()
    handle.fill("53")
    nb.wait_for_text(0, "moved to 53")
    nb.run(1)
    nb.wait_for_text(1, "53")
