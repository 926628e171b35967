//! Both engines hold the same tables: migrated up, down and up again, and compared column by column.

use std::collections::BTreeMap;

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use rapport::store::{Conn, Engine, Store, StoreError};

use crate::support::TestDatabase;

/// One line of a schema: what it is about (table, column) and what it says.
#[derive(QueryableByName, Debug)]
struct Line {
    #[diesel(sql_type = Text)]
    about: String,
    #[diesel(sql_type = Text)]
    says: String,
}

#[derive(QueryableByName)]
struct Unindexed {
    #[diesel(sql_type = Text)]
    reference: String,
}

type Shape = BTreeMap<String, Vec<String>>;

#[tokio::test]
async fn both_engines_have_the_same_shape_and_come_back_to_it_after_down_and_up() {
    let sqlite = Migrated::new(TestDatabase::sqlite()).await;
    let postgres = Migrated::new(TestDatabase::postgres()).await;

    let first = (shape(&sqlite.store).await, shape(&postgres.store).await);
    assert!(
        first.0.len() > 100,
        "the shape of SQLite was not read: {:?}",
        first.0
    );
    assert_eq!(first.0, first.1);

    for database in [&sqlite, &postgres] {
        let applied = database.store.revert_all_migrations().await.unwrap();
        assert!(!applied.is_empty());
        let left = shape(&database.store).await;
        assert!(
            left.is_empty(),
            "{:?} keeps {left:?} after the way down",
            database.store.engine()
        );
        assert_eq!(
            database.store.pending_migrations().await.unwrap().len(),
            applied.len()
        );
        database.store.migrate().await.unwrap();
        assert!(database.store.pending_migrations().await.unwrap().is_empty());
    }

    assert_eq!(first, (shape(&sqlite.store).await, shape(&postgres.store).await));
}

#[tokio::test]
async fn every_foreign_key_is_led_by_an_index() {
    let postgres = Migrated::new(TestDatabase::postgres()).await;
    let unindexed: Vec<String> = postgres
        .store
        .read(|conn| -> Result<_, StoreError> {
            let rows: Vec<Unindexed> = diesel::sql_query(
                "SELECT c.conrelid::regclass || ' (' || c.conname || ')' AS reference FROM pg_constraint c \
                 WHERE c.contype = 'f' AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid \
                 AND (i.indkey::int2[])[0:array_length(c.conkey, 1) - 1] @> c.conkey)",
            )
            .load(conn)?;
            Ok(rows.into_iter().map(|row| row.reference).collect())
        })
        .await
        .unwrap();
    assert!(unindexed.is_empty(), "{unindexed:?}");
}

#[tokio::test]
async fn instances_that_start_together_migrate_once() {
    let database = TestDatabase::postgres();
    let runs = futures_util::future::join_all((0..4).map(|_| {
        let store = Store::open(&database.url).unwrap();
        async move { store.migrate().await.unwrap().len() }
    }))
    .await;
    assert_eq!(runs.iter().filter(|applied| **applied > 0).count(), 1, "{runs:?}");
}

/// An empty database with today's schema. The store goes before the database is removed.
struct Migrated {
    store: Store,
    _database: TestDatabase,
}

impl Migrated {
    async fn new(database: TestDatabase) -> Self {
        let store = Store::open(&database.url).unwrap();
        store.migrate().await.unwrap();
        Self {
            store,
            _database: database,
        }
    }
}

/// Columns with type and nullability, primary keys, unique constraints and references, spelt alike.
async fn shape(store: &Store) -> Shape {
    let engine = store.engine();
    store
        .read(move |conn| -> Result<_, StoreError> {
            let queries: &[&str] = match engine {
                Engine::Sqlite => &SQLITE,
                Engine::Postgres => &POSTGRES,
            };
            let mut shape = Shape::new();
            for query in queries {
                for line in lines(conn, query)? {
                    shape.entry(line.about).or_default().push(line.says);
                }
            }
            shape.values_mut().for_each(|says| says.sort());
            Ok(shape)
        })
        .await
        .unwrap()
}

fn lines(conn: &mut Conn, query: &str) -> Result<Vec<Line>, StoreError> {
    Ok(diesel::sql_query(query).load(conn)?)
}

const SQLITE: [&str; 4] = [
    "SELECT m.name || '.' || p.name AS about, CASE p.type WHEN 'BLOB' THEN 'bytes' WHEN 'DOUBLE' THEN 'double' \
     ELSE lower(p.type) END || CASE WHEN p.\"notnull\" THEN ' not null' ELSE '' END AS says \
     FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
     AND m.name NOT LIKE 'sqlite%'",
    "SELECT m.name AS about, 'primary key ' || group_concat(p.name, ',' ORDER BY p.pk) AS says FROM sqlite_schema m \
     JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND p.pk > 0 AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' GROUP BY m.name",
    "SELECT about, 'unique ' || group_concat(name, ',' ORDER BY seqno) AS says FROM (SELECT m.name AS about, l.name AS \
     key, i.name AS name, i.seqno FROM sqlite_schema m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i \
     WHERE m.type = 'table' AND l.origin = 'u' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\') GROUP BY about, key",
    "SELECT about, 'references ' || target || ' ' || group_concat(name, ',' ORDER BY seq) AS says FROM (SELECT m.name AS \
     about, f.id AS key, f.\"table\" AS target, f.\"from\" AS name, f.seq FROM sqlite_schema m \
     JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table') GROUP BY about, key",
];

const POSTGRES: [&str; 4] = [
    "SELECT table_name || '.' || column_name AS about, CASE data_type WHEN 'bytea' THEN 'bytes' WHEN \
     'double precision' THEN 'double' ELSE data_type END || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END AS says \
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
    KEYS_P,
    KEYS_U,
    "SELECT c.conrelid::regclass::text AS about, 'references ' || c.confrelid::regclass || ' ' || (SELECT string_agg(a.attname, \
     ',' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k(num, place) JOIN pg_attribute a ON a.attrelid = c.conrelid \
     AND a.attnum = k.num) AS says FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace \
     WHERE c.contype = 'f' AND n.nspname = 'public'",
];
const KEYS_P: &str = "SELECT c.conrelid::regclass::text AS about, 'primary key ' || (SELECT string_agg(a.attname, ',' ORDER BY \
     k.place) FROM unnest(c.conkey) WITH ORDINALITY k(num, place) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = \
     k.num) AS says FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.contype = 'p' AND \
     n.nspname = 'public' AND c.conrelid::regclass::text NOT LIKE '\\_\\_%'";
const KEYS_U: &str = "SELECT c.conrelid::regclass::text AS about, 'unique ' || (SELECT string_agg(a.attname, ',' ORDER BY \
     k.place) FROM unnest(c.conkey) WITH ORDINALITY k(num, place) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = \
     k.num) AS says FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.contype = 'u' AND \
     n.nspname = 'public' AND c.conrelid::regclass::text NOT LIKE '\\_\\_%'";
