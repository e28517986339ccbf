//! A database per test, cloned from a template that has the current schema: milliseconds instead of migrations.
//!
//! The template's name holds a fingerprint of the migrations, so a changed schema makes a new one. It is made under an
//! advisory lock by whichever test comes first, under another name until it is complete.

use config::Env;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::{collections::HashMap, future::Future, path::Path};

const TEMPLATE: &str = "ferrotype_template_";
const CLONE: &str = "ferrotype_test_";
/// Held while the template is made, and for nothing else.
const TEMPLATE_LOCK: i64 = 0x0066_6572_726f;

/// Dropped together with this value.
pub struct TestDatabase {
    server: reqwest::Url,
    name: String,
}

impl TestDatabase {
    /// A fresh database with the current schema.
    pub async fn migrated() -> Self {
        Self::migrated_in(&shared_server()).await
    }

    /// The same in another Postgres, such as [`crate::OwnPostgres`].
    pub async fn migrated_in(server_url: &str) -> Self {
        let database = Self::unnamed(server_url);
        let mut admin = database.admin().await;
        let template = format!("{TEMPLATE}{}", db::schema_fingerprint());
        ensure_template(&database.server, &mut admin, &template).await;
        sweep(&mut admin).await;
        run(&mut admin, format!("CREATE DATABASE {} TEMPLATE {template}", database.name)).await;
        database
    }

    /// A fresh database without anything in it.
    pub async fn empty() -> Self {
        let database = Self::unnamed(&shared_server());
        let mut admin = database.admin().await;
        run(&mut admin, format!("CREATE DATABASE {} TEMPLATE template0", database.name)).await;
        database
    }

    fn unnamed(server_url: &str) -> Self {
        let server = server_url.parse().expect("the address of Postgres is a URL");
        // The process id tells a later test whether the one that made this database is still there.
        let name = format!("{CLONE}{}_{}", std::process::id(), uuid::Uuid::new_v4().simple());
        Self { server, name }
    }

    pub fn url(&self) -> String {
        with_name(&self.server, &self.name)
    }

    /// The same by way of another port: that of a [`crate::Proxy`].
    pub fn url_through(&self, port: u16) -> String {
        let mut url: reqwest::Url = self.url().parse().expect("made of a URL");
        url.set_host(Some("127.0.0.1")).expect("postgres URLs have a host");
        url.set_port(Some(port)).expect("postgres URLs have a port");
        url.into()
    }

    /// `host:port` of the server.
    pub fn address(&self) -> String {
        format!("{}:{}", self.server.host_str().unwrap_or("127.0.0.1"), self.server.port().unwrap_or(5432))
    }

    /// As the programs read it.
    pub fn env(&self) -> config::env::DatabaseEnv {
        database_env(self.url())
    }

    /// A connection of the test's own, with the programs' search path.
    pub async fn connect(&self) -> PgConnection {
        let mut conn = PgConnection::connect(&self.url()).await.expect("connect to the test's database");
        conn.execute("SET search_path TO ferrotype, public; SET timezone TO 'UTC'").await.expect("set the search path");
        conn
    }

    async fn admin(&self) -> PgConnection {
        PgConnection::connect(self.server.as_str()).await.expect("connect to Postgres")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropped = on_a_thread_of_its_own(async move {
            let mut admin = PgConnection::connect(server.as_str()).await?;
            admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await?;
            admin.close().await
        });
        if let Err(error) = dropped {
            eprintln!("drop {}: {error}", self.name);
        }
    }
}

pub(crate) fn shared_server() -> String {
    crate::required("FERROTYPE_TEST_DB_URL")
}

async fn ensure_template(server: &reqwest::Url, admin: &mut PgConnection, template: &str) {
    if exists(admin, template).await {
        return;
    }
    lock(admin, "pg_advisory_lock").await;
    if !exists(admin, template).await {
        let unfinished = format!("{template}_unfinished");
        run(admin, format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await;
        run(admin, format!("CREATE DATABASE {unfinished} TEMPLATE template0")).await;
        db::migrate(&database_env(with_name(server, &unfinished))).await.expect("migrate the template");
        run(admin, format!("ALTER DATABASE {unfinished} RENAME TO {template}")).await;
        for older in names(admin, TEMPLATE).await.iter().filter(|name| *name != template) {
            // Another checkout may be cloning it this very moment; then it stays.
            let _ = admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {older}"))).await;
        }
    }
    lock(admin, "pg_advisory_unlock").await;
}

/// Drops the databases of tests that were killed.
async fn sweep(admin: &mut PgConnection) {
    for name in names(admin, CLONE).await {
        let process = name.trim_start_matches(CLONE).split('_').next().unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            // Another test may be sweeping the same one.
            let _ = admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await;
        }
    }
}

async fn lock(admin: &mut PgConnection, function: &str) {
    let sql = AssertSqlSafe(format!("SELECT {function}({TEMPLATE_LOCK})"));
    admin.execute(sql).await.expect("lock the making of the template");
}

async fn exists(admin: &mut PgConnection, name: &str) -> bool {
    names(admin, name).await.iter().any(|found| found == name)
}

async fn names(admin: &mut PgConnection, prefix: &str) -> Vec<String> {
    sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1)")
        .bind(prefix)
        .fetch_all(admin)
        .await
        .expect("list the databases")
}

async fn run(admin: &mut PgConnection, sql: String) {
    admin.execute(AssertSqlSafe(sql.clone())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn with_name(server: &reqwest::Url, name: &str) -> String {
    let mut url = server.clone();
    url.set_path(name);
    url.into()
}

fn database_env(url: String) -> config::env::DatabaseEnv {
    Env::from_map(&HashMap::from([("DB_URL".to_owned(), url)])).expect("one key cannot be wrong").database
}

/// `drop` cannot wait inside the test's own runtime, which may have one thread only.
pub(crate) fn on_a_thread_of_its_own<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("start a runtime");
        runtime.block_on(work)
    })
    .join()
    .expect("the clean-up does not panic")
}
