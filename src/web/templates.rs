//! Pages are made of Handlebars templates in `templates/`, inside the binary, read once at start, in strict mode: a
//! template that names what its view does not have fails instead of leaving a hole.
//!
//! A view is any serialisable struct; its fields are the template's names. Beside them stands `page`, made from a
//! [`PageContext`](super::pages::PageContext). Within `{{#each}}` it is `@root.page`.
//!
//! | helper | gives |
//! | --- | --- |
//! | `{{t "key" name=value}}` | the Fluent text in the page's language |
//! | `{{date value}}` | `23 November 2026`; `style="minute"` adds the time in UTC, `style="iso"` gives RFC 3339 |
//! | `{{num value decimals}}` | `1,234.5` with exactly so many decimals and a true minus sign |
//! | `{{marked text}}` | the text with what stands between backticks as `<code>` |
//! | `{{chart_file address "svg"}}` | the address of a chart's file with `KIND` replaced by its ending |
//! | `{{static_url "base.css"}}` | the address of a static file, with the hash of its content |
//!
//! Everything is escaped. Nothing of a view may be put between triple braces except markup that our own code made
//! (charts).

use std::sync::Arc;

use fluent_bundle::FluentValue;
use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderError, RenderErrorReason,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_embed::RustEmbed;
use serde_json::Value;

use super::app::BuildError;
use super::statics;
use super::texts::{Lang, Texts};

#[derive(RustEmbed)]
#[folder = "templates/"]
#[include = "*.hbs"]
struct Files;

/// Every template, parsed.
#[derive(Debug)]
pub struct Templates {
    registry: Handlebars<'static>,
}

impl Templates {
    /// Parses what is inside the binary.
    ///
    /// # Errors
    /// [`BuildError::Template`] names the template, line and column.
    pub fn load(texts: &Arc<Texts>) -> Result<Self, BuildError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry
            .register_embed_templates_with_extension::<Files>(".hbs")
            .map_err(|error| BuildError::Template(error.to_string()))?;
        registry.register_helper("static_url", Box::new(static_url));
        registry.register_helper("date", Box::new(date));
        registry.register_helper("num", Box::new(num));
        registry.register_helper("marked", Box::new(marked));
        registry.register_helper("chart_file", Box::new(chart_file));
        let texts = Arc::clone(texts);
        registry.register_helper(
            "t",
            Box::new(
                move |helper: &Helper<'_>,
                      _: &Handlebars<'_>,
                      context: &Context,
                      _: &mut RenderContext<'_, '_>,
                      out: &mut dyn Output| translate(&texts, helper, context, out),
            ),
        );
        Ok(Self { registry })
    }

    /// Renders a template, e.g. `rounds/show`, with its view.
    ///
    /// # Errors
    /// In words, for the log: the template is unknown, or names what the view does not have.
    pub fn render(&self, name: &str, view: &Value) -> Result<String, String> {
        self.registry
            .render(name, view)
            .map_err(|error| error.to_string())
    }

    /// Whether there is a template of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.registry.has_template(name)
    }
}

fn refuse(told: impl Into<String>) -> RenderError {
    RenderErrorReason::Other(told.into()).into()
}

fn text_param<'h>(helper: &'h Helper<'_>, what: &str) -> Result<&'h str, RenderError> {
    helper
        .param(0)
        .and_then(|param| param.value().as_str())
        .ok_or_else(|| refuse(format!("`{}` wants {what}", helper.name())))
}

fn language(context: &Context) -> Lang {
    context
        .data()
        .pointer("/page/lang")
        .and_then(Value::as_str)
        .and_then(Lang::of_tag)
        .unwrap_or_default()
}

fn translate(texts: &Texts, helper: &Helper<'_>, context: &Context, out: &mut dyn Output) -> HelperResult {
    let key = text_param(helper, "a key")?;
    let args: Vec<(&str, FluentValue<'_>)> = helper
        .hash()
        .iter()
        .map(|(name, value)| (*name, fluent(value.value())))
        .collect();
    let text = texts
        .with(language(context), key, &args)
        .ok_or_else(|| refuse(format!("there is no text `{key}` with these arguments")))?;
    out.write(&handlebars::html_escape(&text))?;
    Ok(())
}

fn fluent(value: &Value) -> FluentValue<'static> {
    match value {
        Value::Number(number) => number.as_f64().map_or(FluentValue::None, FluentValue::from),
        Value::String(text) => FluentValue::from(text.clone()),
        other => FluentValue::from(other.to_string()),
    }
}

fn marked(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    for (place, part) in text_param(helper, "a text")?.split('`').enumerate() {
        let part = handlebars::html_escape(part);
        if place.is_multiple_of(2) {
            out.write(&part)?;
        } else {
            out.write(&format!("<code>{part}</code>"))?;
        }
    }
    Ok(())
}

fn chart_file(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let ending = helper.param(1).and_then(|param| param.value().as_str());
    let ending = ending.ok_or_else(|| refuse("`chart_file` wants an address and an ending"))?;
    let address = text_param(helper, "an address")?.replacen("KIND", ending, 1);
    out.write(&handlebars::html_escape(&address))?;
    Ok(())
}

fn static_url(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let name = text_param(helper, "a file name")?;
    let url = statics::url(name).ok_or_else(|| refuse(format!("there is no static file `{name}`")))?;
    out.write(&url)?;
    Ok(())
}

fn date(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    context: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let given = text_param(helper, "an instant in RFC 3339")?;
    let at: Timestamp = given
        .parse()
        .map_err(|error| refuse(format!("`{given}`: {error}")))?;
    let style = helper
        .hash_get("style")
        .and_then(|style| style.value().as_str())
        .unwrap_or("day");
    out.write(&human_date(at, style, language(context)))?;
    Ok(())
}

const MONTHS: [(&str, &str); 12] = [
    ("January", "enero"),
    ("February", "febrero"),
    ("March", "marzo"),
    ("April", "abril"),
    ("May", "mayo"),
    ("June", "junio"),
    ("July", "julio"),
    ("August", "agosto"),
    ("September", "septiembre"),
    ("October", "octubre"),
    ("November", "noviembre"),
    ("December", "diciembre"),
];

/// An instant in words. `style` is `day`, `minute` (with the time in UTC) or `iso` (RFC 3339).
#[must_use]
pub fn human_date(at: Timestamp, style: &str, lang: Lang) -> String {
    if style == "iso" {
        return at.to_string();
    }
    let local = at.to_zoned(TimeZone::UTC);
    let place = usize::try_from(local.month()).unwrap_or(1).saturating_sub(1);
    let (english, spanish) = MONTHS.get(place).copied().unwrap_or_default();
    let day = match lang {
        Lang::En => format!("{} {english} {}", local.day(), local.year()),
        Lang::Es => format!("{} de {spanish} de {}", local.day(), local.year()),
    };
    if style == "minute" {
        format!("{day}, {:02}:{:02} UTC", local.hour(), local.minute())
    } else {
        day
    }
}

fn num(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    context: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper
        .param(0)
        .and_then(|param| param.value().as_f64())
        .ok_or_else(|| refuse("`num` wants a number"))?;
    let decimals = helper.param(1).map_or(Some(0), |param| param.value().as_u64());
    let decimals = decimals
        .and_then(|decimals| usize::try_from(decimals).ok())
        .filter(|decimals| *decimals <= 12)
        .ok_or_else(|| refuse("`num` wants 0 to 12 decimals"))?;
    out.write(&human_number(value, decimals, language(context)))?;
    Ok(())
}

/// A number with exactly so many decimals, grouped thousands and a true minus sign; never "−0".
#[must_use]
pub fn human_number(value: f64, decimals: usize, lang: Lang) -> String {
    let (group, point) = match lang {
        Lang::En => (',', '.'),
        Lang::Es => ('.', ','),
    };
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::new();
    if value < 0.0 && plain.bytes().any(|digit| digit.is_ascii_digit() && digit != b'0') {
        text.push('\u{2212}');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(point);
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(human_number(1234.5678, 1, Lang::En), "1,234.6");
        assert_eq!(human_number(-1_234_567.0, 0, Lang::Es), "\u{2212}1.234.567");
        assert_eq!(human_number(-0.04, 1, Lang::En), "0.0");
        assert_eq!(human_number(999.0, 0, Lang::En), "999");
        assert_eq!(human_number(62.25, 2, Lang::Es), "62,25");
    }

    #[test]
    fn dates_read_as_people_write_them() {
        let at: Timestamp = "2026-11-03T09:05:00Z".parse().unwrap();
        assert_eq!(human_date(at, "day", Lang::En), "3 November 2026");
        assert_eq!(human_date(at, "minute", Lang::En), "3 November 2026, 09:05 UTC");
        assert_eq!(human_date(at, "day", Lang::Es), "3 de noviembre de 2026");
        assert_eq!(human_date(at, "iso", Lang::En), "2026-11-03T09:05:00Z");
    }

    #[test]
    fn a_name_that_the_view_does_not_have_is_a_failure() {
        let texts = Arc::new(Texts::load().unwrap());
        let mut templates = Templates::load(&texts).unwrap();
        templates
            .registry
            .register_template_string("hole", "{{missing}}")
            .unwrap();
        templates
            .registry
            .register_template_string("key", "{{t \"no-such-key\"}}")
            .unwrap();
        templates
            .registry
            .register_template_string("file", "{{static_url \"none.css\"}}")
            .unwrap();
        for name in ["hole", "key", "file", "no-such-template"] {
            assert!(templates.render(name, &serde_json::json!({})).is_err(), "{name}");
        }
    }

    #[test]
    fn what_people_wrote_is_escaped() {
        let texts = Arc::new(Texts::load().unwrap());
        let mut templates = Templates::load(&texts).unwrap();
        templates
            .registry
            .register_template_string("x", "<p title=\"{{x}}\">{{x}}{{marked x}}</p>")
            .unwrap();
        let html = templates
            .render("x", &serde_json::json!({ "x": "\"><script>'&" }))
            .unwrap();
        assert!(!html.contains("<script>") && !html.contains("\"\""), "{html}");
    }
}
