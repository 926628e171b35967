//! A real Chromium, driven over WebDriver, with axe-core at hand.

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

/// The widths at which every page is looked at, in CSS pixels.
pub const WIDTHS: [u32; 3] = [320, 768, 1280];

/// What a browser is started with.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Whether pages may run scripts. Without, axe-core cannot run either.
    pub scripts: bool,
    /// Whether the person asked for a dark screen.
    pub dark: bool,
}

/// A browser window. End it with [`Browser::close`]; one that is dropped in a failing test ends with its driver.
pub struct Browser {
    client: Client,
}

impl Browser {
    pub async fn open(wish: Wish) -> Self {
        let driver = variable("RAPPORT_TEST_WEBDRIVER", "a running chromedriver");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(wish))
            .connect(&driver)
            .await
            .expect("chromedriver answers");
        Self { client }
    }

    pub async fn close(self) {
        self.client.close().await.unwrap();
    }

    pub fn page(&self) -> &Client {
        &self.client
    }

    pub async fn width(&self, width: u32) {
        self.client.set_window_size(width, 1200).await.unwrap();
    }

    /// Everything that axe-core finds against WCAG 2.2 A and AA, as text; empty when there is nothing.
    pub async fn accessibility_problems(&self) -> Vec<String> {
        let axe = std::fs::read_to_string(variable("RAPPORT_TEST_AXE", "the path of axe.min.js")).unwrap();
        self.client.execute(&axe, vec![]).await.unwrap();
        let run = "const done = arguments[arguments.length - 1]; axe.run({ runOnly: { type: 'tag', values: \
            ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'] } }).then(done, error => done({ error: String(error) }));";
        let found = self.client.execute_async(run, vec![]).await.unwrap();
        assert!(
            found["passes"]
                .as_array()
                .is_some_and(|passes| !passes.is_empty()),
            "axe did not run: {found}"
        );
        let violations = found["violations"].as_array().unwrap();
        violations
            .iter()
            .map(|violation| {
                let nodes = violation["nodes"].as_array().unwrap();
                let places: Vec<_> = nodes
                    .iter()
                    .map(|node| node["html"].as_str().unwrap_or_default())
                    .take(3)
                    .collect();
                format!("{}: {} at {places:?}", violation["id"], violation["help"])
            })
            .collect()
    }

    /// Waits for a page whose title starts so: a pressed button is answered before the next page is there.
    pub async fn arrives_at(&self, title: &str) {
        let mut last = String::new();
        let begun = std::time::Instant::now();
        while begun.elapsed() < super::hand::PATIENCE {
            last = self.client.title().await.unwrap();
            if last.starts_with(title) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("waited for `{title}`, but this is `{last}`");
    }

    /// Whether pages are told that the person wants a dark screen.
    pub async fn is_dark(&self) -> bool {
        let asked = "return matchMedia('(prefers-color-scheme: dark)').matches;";
        self.client
            .execute(asked, vec![])
            .await
            .unwrap()
            .as_bool()
            .unwrap()
    }

    /// Where the focus is: the element's `href` and the style of its outline.
    pub async fn focused(&self) -> Value {
        let asked = "const at = document.activeElement; return { href: at.getAttribute('href'), \
            outline: getComputedStyle(at).outlineStyle };";
        self.client.execute(asked, vec![]).await.unwrap()
    }

    /// Goes through the whole page by Tab, and through a frame in it: what could not be reached, and where one could not see that one was there.
    pub async fn keyboard_problems(&self) -> Vec<String> {
        let watched = "const all = [...document.querySelectorAll( \
                'a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')] \
                .filter(e => !e.disabled && e.type !== 'hidden' && e.checkVisibility()); \
            const seen = new Map(); Object.assign(window, { all, seen }); \
            document.addEventListener('focusin', e => seen.set(e.target, \
                e.target.tagName === 'IFRAME' || getComputedStyle(e.target).outlineStyle !== 'none')); \
            const dates = all.filter(e => ['date', 'datetime-local'].includes(e.type)).length; \
            const frames = document.querySelectorAll('iframe').length; \
            return all.length + 8 * dates + 150 * frames + 10;";
        let stops = self.client.execute(watched, vec![]).await.unwrap();
        let stops = usize::try_from(stops.as_u64().unwrap()).unwrap();
        let tabs = char::from(fantoccini::key::Key::Tab)
            .to_string()
            .repeat(stops + 2);
        let body = self.client.find(fantoccini::Locator::Css("body")).await.unwrap();
        body.send_keys(&tabs).await.unwrap();
        let told = "const groups = new Set([...seen.keys()].filter(e => e.type === 'radio').map(e => e.name)); \
            const name = e => e.outerHTML.slice(0, 160); \
            const missed = all.filter(e => !seen.has(e) && !groups.has(e.name)).map(e => 'not reached: ' + name(e)); \
            const unseen = [...seen].filter(([, shown]) => !shown).map(([e]) => 'focus not seen: ' + name(e)); \
            return [...missed, ...unseen];";
        let found = self.client.execute(told, vec![]).await.unwrap();
        let found = found.as_array().unwrap().iter();
        found
            .map(|problem| problem.as_str().unwrap().to_owned())
            .collect()
    }

    /// How much wider the page is than the window: above 0 somebody on a phone has to scroll sideways.
    pub async fn overflow(&self) -> i64 {
        let wider = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";
        self.client
            .execute(wider, vec![])
            .await
            .unwrap()
            .as_i64()
            .unwrap()
    }
}

fn capabilities(wish: Wish) -> Map<String, Value> {
    let mut arguments = vec![
        "--headless=new",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ];
    if running_as_root() {
        arguments.push("--no-sandbox"); // Chromium refuses its sandbox to root
    }
    if wish.dark {
        arguments.push("--force-dark-mode");
    }
    let mut preferences = json!({});
    if !wish.scripts {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    let mut capabilities = Map::new();
    capabilities.insert(
        "goog:chromeOptions".into(),
        json!({ "args": arguments, "prefs": preferences }),
    );
    capabilities
}

fn running_as_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|entry| std::os::unix::fs::MetadataExt::uid(&entry) == 0)
}

fn variable(name: &str, what: &str) -> String {
    let value = std::env::var_os(name)
        .unwrap_or_else(|| panic!("{name} is not set ({what}); run the tests by ./test"));
    value.into_string().unwrap()
}
