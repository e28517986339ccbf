//! A prefix of its own in a Redis, emptied when the test ends.

/// The keys of one test.
pub struct TestRedis {
    url: String,
    prefix: String,
}

impl TestRedis {
    pub fn new() -> Self {
        Self::at(crate::required("FERROTYPE_TEST_REDIS_URL"))
    }

    /// In another Redis than the shared one, such as [`crate::OwnRedis`].
    pub fn at(url: String) -> Self {
        Self { url, prefix: format!("ferrotype_test_{}", uuid::Uuid::new_v4().simple()) }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The same by way of another port: that of a [`crate::Proxy`].
    pub fn url_through(&self, port: u16) -> String {
        let mut url: reqwest::Url = self.url.parse().expect("the address of Redis is a URL");
        url.set_host(Some("127.0.0.1")).expect("redis URLs have a host");
        url.set_port(Some(port)).expect("redis URLs have a port");
        url.into()
    }

    /// `host:port` of the server.
    pub fn address(&self) -> String {
        let url: reqwest::Url = self.url.parse().expect("the address of Redis is a URL");
        format!("{}:{}", url.host_str().unwrap_or("127.0.0.1"), url.port().unwrap_or(6379))
    }

    /// What an administrator's FLUSHALL does, for this test's keys only. Returns how many there were.
    pub fn clear(&self) -> usize {
        let mut connection = redis::Client::open(self.url.as_str())
            .and_then(|client| client.get_connection())
            .expect("connect to Redis");
        let pattern = format!("{}*", self.prefix);
        let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query(&mut connection).expect("list the test's keys");
        if !keys.is_empty() {
            let _: i64 = redis::cmd("DEL").arg(&keys).query(&mut connection).expect("delete the test's keys");
        }
        keys.len()
    }
}

impl Default for TestRedis {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        // A panic while panicking would hide the first.
        if let Err(error) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.clear())) {
            eprintln!("the keys of {} stay in Redis: {error:?}", self.prefix);
        }
    }
}
