//! The migrations, and the schema they lead to: `crates/db/schema.sql` is what to read to know the database.

use crate::generated::compare_or_write;
use sqlx::PgConnection;
use testkit::TestDatabase;

#[tokio::test]
async fn the_schema_in_git_is_the_migrated_one() {
    let database = TestDatabase::migrated().await;
    let schema = print(&mut database.connect().await).await;
    compare_or_write("crates/db/schema.sql", &schema);
}

#[tokio::test]
async fn several_servers_may_migrate_at_once_and_again() {
    let database = TestDatabase::empty().await;
    let env = database.env();
    let (first, second, third) = tokio::join!(db::migrate(&env), db::migrate(&env), db::migrate(&env));
    first.unwrap();
    second.unwrap();
    third.unwrap();
    db::migrate(&env).await.unwrap();
    let mut conn = database.connect().await;
    assert!(db::is_migrated(&mut conn).await.unwrap());
    let template = TestDatabase::migrated().await;
    assert_eq!(print(&mut conn).await, print(&mut template.connect().await).await);
}

#[tokio::test]
async fn an_unmigrated_database_is_known_as_such() {
    let database = TestDatabase::empty().await;
    assert!(!db::is_migrated(&mut database.connect().await).await.unwrap());
}

#[tokio::test]
async fn nothing_of_ours_lies_outside_our_schema() {
    let database = TestDatabase::migrated().await;
    let strangers: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind IN ('r', 'v', 'S')
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')",
    )
    .fetch_all(&mut database.connect().await)
    .await
    .unwrap();
    assert!(strangers.is_empty(), "{strangers:?}");
}

/// Tables with columns, constraints, indexes and triggers, then functions, each in the order of names.
async fn print(conn: &mut PgConnection) -> String {
    let mut text =
        "-- The schema after all migrations, written by the test `schema`. Read it; change it by a migration.\n"
            .to_owned();
    for table in list(conn, TABLES, "").await {
        let mut inside = list(conn, COLUMNS, &table).await;
        inside.extend(list(conn, CONSTRAINTS, &table).await);
        text += &format!("\nCREATE TABLE {table} (\n    {}\n);\n", inside.join(",\n    "));
        for statement in [list(conn, INDEXES, &table).await, list(conn, TRIGGERS, &table).await].concat() {
            text += &format!("{statement};\n");
        }
    }
    for function in list(conn, FUNCTIONS, "").await {
        text += &format!("\n{};\n", function.trim_end());
    }
    text
}

async fn list(conn: &mut PgConnection, query: &'static str, table: &str) -> Vec<String> {
    let query = sqlx::query_scalar::<_, String>(query);
    let query = if table.is_empty() { query } else { query.bind(table.to_owned()) };
    let mut found = query.fetch_all(conn).await.unwrap();
    // Names in our own schema need no prefix.
    found.iter_mut().for_each(|line| *line = line.replace("ferrotype.", ""));
    found
}

const TABLES: &str = "SELECT relname::text FROM pg_class
    WHERE relnamespace = 'ferrotype'::regnamespace AND relkind = 'r' AND relname <> '_sqlx_migrations'
    ORDER BY relname COLLATE \"C\"";

const COLUMNS: &str = "SELECT a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
        || CASE WHEN a.attgenerated <> '' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
                WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = ('ferrotype.' || $1)::regclass AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum";

/// Postgres 18 keeps NOT NULL here as well; it stands at the column already.
const CONSTRAINTS: &str = "SELECT 'CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = ('ferrotype.' || $1)::regclass AND contype <> 'n'
    ORDER BY contype = 'p' DESC, conname COLLATE \"C\"";

/// Those of constraints are made by the constraints.
const INDEXES: &str = "SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = ('ferrotype.' || $1)::regclass
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    ORDER BY c.relname COLLATE \"C\"";

const TRIGGERS: &str = "SELECT pg_get_triggerdef(oid) FROM pg_trigger
    WHERE tgrelid = ('ferrotype.' || $1)::regclass AND NOT tgisinternal ORDER BY tgname COLLATE \"C\"";

const FUNCTIONS: &str = "SELECT pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'ferrotype'::regnamespace AND prokind IN ('f', 'p') ORDER BY proname COLLATE \"C\"";
