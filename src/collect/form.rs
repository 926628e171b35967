//! The prepared form of a published version: made once, then shared by every request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::localised::LocalForm;
use super::packed::Layout;
use crate::store::{Conn, StoreError};
use crate::survey::definition::{Definition, Item, ItemId, Language, SurveyId, VersionNumber};
use crate::survey::logic::Visibility;
use crate::survey::publish;

/// A version ready to take answers: its definition, its compiled display logic, its record layout.
#[derive(Debug)]
pub struct Form {
    definition: Definition,
    visibility: Visibility,
    layout: Layout,
    local: Vec<LocalForm>,
    by_id: HashMap<ItemId, (usize, usize)>,
}

impl Form {
    /// Prepares a checked definition.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when its display logic does not compile: what is published was checked, so
    /// this means that the stored text was changed.
    pub fn prepare(definition: Definition) -> Result<Self, StoreError> {
        let visibility = Visibility::compile(&definition).map_err(|problems| StoreError::Corrupt {
            what: "survey version",
            problem: problems.first().map(ToString::to_string).unwrap_or_default(),
        })?;
        let layout = Layout::of(&definition);
        let local = definition
            .languages
            .iter()
            .map(|language| LocalForm::of(&definition, language))
            .collect();
        let places = definition.pages.iter().enumerate().flat_map(|(page, content)| {
            let items = content.items.iter().enumerate();
            items.map(move |(place, item)| (item.id.clone(), (page, place)))
        });
        let by_id = places.collect();
        Ok(Self {
            definition,
            visibility,
            layout,
            local,
            by_id,
        })
    }

    /// What is asked.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Which items are shown.
    #[must_use]
    pub fn visibility(&self) -> &Visibility {
        &self.visibility
    }

    /// How answers are packed.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The form in the first of these languages that it has, else in its own first one. `None` only for a
    /// definition without any language, which no check lets pass.
    #[must_use]
    pub fn local<'l>(&self, languages: impl IntoIterator<Item = &'l str>) -> Option<&LocalForm> {
        let in_language = |wanted: &str| self.local.iter().find(|local| local.language.as_str() == wanted);
        languages
            .into_iter()
            .find_map(in_language)
            .or_else(|| self.local.first())
    }

    /// The languages that it has, the fallback first.
    #[must_use]
    pub fn languages(&self) -> &[Language] {
        &self.definition.languages
    }

    /// The item of that id.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        let (page, place) = self.by_id.get(id)?;
        self.definition.pages.get(*page)?.items.get(*place)
    }
}

/// The forms prepared so far. A version is immutable, so nothing here ever grows stale.
#[derive(Debug, Default)]
pub struct Forms {
    prepared: RwLock<HashMap<(SurveyId, VersionNumber), Arc<Form>>>,
}

impl Forms {
    /// The form of a published version, from memory or from the store.
    ///
    /// # Errors
    /// A [`StoreError`] when the version cannot be read.
    pub fn get(
        &self,
        conn: &mut Conn,
        survey: &SurveyId,
        version: VersionNumber,
    ) -> Result<Arc<Form>, StoreError> {
        let key = (survey.clone(), version);
        let known = self
            .prepared
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(form) = known {
            return Ok(form);
        }
        let published = publish::find(conn, survey, version)?.ok_or_else(|| StoreError::Corrupt {
            what: "round",
            problem: format!("its survey version, {survey} {version}, does not exist"),
        })?;
        let form = Arc::new(Form::prepare(published.definition)?);
        let mut prepared = self.prepared.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(prepared.entry(key).or_insert(form)))
    }
}
