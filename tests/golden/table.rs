//! CSV tables of the golden folder: a header, no quotes, an empty cell is missing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use serde_json::Value;

use super::case::{Case, as_list};

/// The tables of a folder, read once.
pub struct Tables {
    folder: PathBuf,
    read: RefCell<BTreeMap<String, Rc<Table>>>,
}

/// Some rows of a table.
#[derive(Clone)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

impl Tables {
    pub fn at(folder: PathBuf) -> Self {
        Self {
            folder,
            read: RefCell::default(),
        }
    }

    /// A whole table.
    pub fn whole(&self, name: &str) -> Result<Rc<Table>, String> {
        if let Some(table) = self.read.borrow().get(name) {
            return Ok(Rc::clone(table));
        }
        let table = Rc::new(self.load(name)?);
        self.read.borrow_mut().insert(name.to_owned(), Rc::clone(&table));
        Ok(table)
    }

    /// The rows of a case: its dataset under its `filter`.
    pub fn of(&self, case: &Case) -> Result<Table, String> {
        let name = case.dataset.as_deref().ok_or("the case names no dataset")?;
        let mut table = Table::clone(&*self.whole(name)?);
        if let Some(Value::Object(filter)) = case.param("filter") {
            for (column, values) in filter {
                table = table.filtered(column, &as_list(values))?;
            }
        }
        Ok(table)
    }

    fn load(&self, name: &str) -> Result<Table, String> {
        let path = self.folder.join(name);
        let mut reader = csv::Reader::from_path(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let header = reader
            .headers()
            .map_err(|e| e.to_string())?
            .iter()
            .map(str::to_owned)
            .collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| format!("{}: {e}", path.display()))?;
            let cell = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            rows.push(record.iter().map(cell).collect());
        }
        Ok(Table { header, rows })
    }
}

impl Table {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The cells, row by row.
    pub fn rows(&self) -> impl Iterator<Item = &[Option<String>]> {
        self.rows.iter().map(Vec::as_slice)
    }

    fn place(&self, column: &str) -> Result<usize, String> {
        self.header
            .iter()
            .position(|own| own == column)
            .ok_or(format!("no column `{column}`"))
    }

    /// A column as text.
    pub fn text(&self, column: &str) -> Result<Vec<Option<String>>, String> {
        let at = self.place(column)?;
        Ok(self
            .rows
            .iter()
            .map(|row| row.get(at).cloned().flatten())
            .collect())
    }

    /// A column as numbers, `None` where a cell is empty.
    pub fn numbers(&self, column: &str) -> Result<Vec<Option<f64>>, String> {
        let parse = |cell: Option<String>| {
            cell.map(|text| {
                text.parse()
                    .map_err(|why| format!("`{text}` ({why}) in {column} is no number"))
            })
            .transpose()
        };
        self.text(column)?.into_iter().map(parse).collect()
    }

    /// A column as numbers without its empty cells.
    pub fn present(&self, column: &str) -> Result<Vec<f64>, String> {
        Ok(self.numbers(column)?.into_iter().flatten().collect())
    }

    /// A column that must have no empty cell.
    pub fn complete(&self, column: &str) -> Result<Vec<f64>, String> {
        let whole: Option<Vec<f64>> = self.numbers(column)?.into_iter().collect();
        whole.ok_or(format!("column `{column}` has empty cells"))
    }

    /// The rows in which a column has one of some values.
    pub fn filtered(&self, column: &str, values: &[Value]) -> Result<Self, String> {
        let keep = self.matches(column, values)?;
        Ok(self.kept(&keep))
    }

    /// Whether each row has one of some values in a column.
    pub fn matches(&self, column: &str, values: &[Value]) -> Result<Vec<bool>, String> {
        let wanted =
            |cell: Option<String>| cell.is_some_and(|text| values.iter().any(|value| same(value, &text)));
        Ok(self.text(column)?.into_iter().map(wanted).collect())
    }

    /// The rows that are kept.
    pub fn kept(&self, keep: &[bool]) -> Self {
        let rows = self
            .rows
            .iter()
            .zip(keep)
            .filter(|(_, keep)| **keep)
            .map(|(row, _)| row.clone());
        Self {
            header: self.header.clone(),
            rows: rows.collect(),
        }
    }

    /// The rows with a value in a column.
    pub fn with_value(&self, column: &str) -> Result<Self, String> {
        let keep: Vec<bool> = self.text(column)?.iter().map(Option::is_some).collect();
        Ok(self.kept(&keep))
    }

    /// The first rows, where the case asks for that.
    pub fn head(mut self, case: &Case) -> Self {
        if let Ok(n) = case.count("head_n") {
            self.rows.truncate(usize::try_from(n).unwrap());
        }
        self
    }

    /// The levels of a column: numbers in their order, else texts in theirs.
    pub fn levels(&self, column: &str) -> Result<Vec<Value>, String> {
        let texts: BTreeSet<String> = self.text(column)?.into_iter().flatten().collect();
        let numbers: Option<Vec<f64>> = texts.iter().map(|text| text.parse().ok()).collect();
        match numbers {
            Some(mut numbers) => {
                numbers.sort_by(f64::total_cmp);
                Ok(numbers.into_iter().map(Value::from).collect())
            }
            None => Ok(texts.into_iter().map(Value::from).collect()),
        }
    }

    /// Each row's level as a position; a missing cell has a level of its own, the last.
    pub fn codes(&self, column: &str) -> Result<Vec<usize>, String> {
        let levels = self.levels(column)?;
        let code = |cell: Option<String>| {
            cell.and_then(|text| levels.iter().position(|level| same(level, &text)))
                .unwrap_or(levels.len())
        };
        Ok(self.text(column)?.into_iter().map(code).collect())
    }
}

/// Whether a JSON value and a cell say the same, as numbers where both are.
pub fn same(value: &Value, text: &str) -> bool {
    match (value, text.parse::<f64>()) {
        (Value::Number(number), Ok(cell)) => number.as_f64() == Some(cell),
        (Value::String(own), _) => own == text,
        (Value::Bool(own), _) => own.to_string() == text.to_lowercase(),
        _ => false,
    }
}
