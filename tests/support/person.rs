//! People as objects: the same calls for everybody, over real HTTP.

use std::fmt;

use rapport::web::routes::Endpoint;
use reqwest::cookie::Jar;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::sync::Arc;

use super::{PASSWORD, TestApp};

/// Somebody at a keyboard, or a program that acts for them.
#[derive(Clone)]
pub struct Person {
    base: String,
    /// For the API.
    pub token: Option<String>,
    /// For the next access token.
    pub refresh_token: Option<String>,
    /// Their browser's cookies.
    pub jar: Arc<Jar>,
    browser: Client,
    program: Client,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON; panics with the body when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON ({error}): {self}"))
    }

    /// The code of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A header as text; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    /// Reads a response to its end.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.expect("text"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.text)
    }
}

/// The method of a row of the table, as the client knows it.
pub fn method_of(endpoint: &Endpoint) -> Method {
    endpoint.method.as_str().parse().expect("a method")
}

impl Person {
    /// Nobody: no token, no cookie.
    pub fn nobody(app: &TestApp) -> Self {
        let jar = Arc::new(Jar::default());
        let client = || {
            Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
        };
        Self {
            base: app.url(""),
            token: None,
            refresh_token: None,
            browser: client().cookie_provider(jar.clone()).build().expect("a client"),
            program: client().build().expect("a client"),
            jar,
        }
    }

    /// Somebody whose password is [`PASSWORD`], signed in over the API and on the pages.
    pub async fn signed_in(app: &TestApp, email: &str) -> Self {
        let mut person = Self::nobody(app);
        person.sign_in(email, PASSWORD).await;
        let page = person
            .submit(
                "/sign-in",
                &[("email", email), ("password", PASSWORD), ("next", "/")],
            )
            .await;
        assert_eq!(page.status, 303, "{page}");
        person
    }

    /// Signs in over the API and keeps the tokens.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        let answer = self
            .post(
                "/api/v1/sessions",
                json!({ "email": email, "password": password }),
            )
            .await;
        if answer.status == 201 {
            self.token = answer.json()["access_token"].as_str().map(str::to_owned);
            self.refresh_token = answer.json()["refresh_token"].as_str().map(str::to_owned);
        }
        answer
    }

    /// The whole address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A request without token or cookies.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.program.request(method, format!("{}{path}", self.base))
    }

    /// A request to the API with their token.
    pub fn api(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.request(method, path);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A request of their browser: with cookies, and as browsers mark requests that come from this site's own pages.
    pub fn browse(&self, method: Method, path: &str) -> RequestBuilder {
        self.browser
            .request(method, format!("{}{path}", self.base))
            .header("Sec-Fetch-Site", "same-origin")
    }

    /// GET of the API.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.api(Method::GET, path)).await
    }

    /// POST of JSON to the API.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.api(Method::POST, path).json(&body)).await
    }

    /// PUT of JSON to the API.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.api(Method::PUT, path).json(&body)).await
    }

    /// PUT of a CSV text to the API.
    pub async fn put_csv(&self, path: &str, body: impl Into<String>) -> Answer {
        let request = self.api(Method::PUT, path).header("Content-Type", "text/csv");
        Answer::of(request.body(body.into())).await
    }

    /// DELETE of the API.
    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.api(Method::DELETE, path)).await
    }

    /// A page.
    pub async fn page(&self, path: &str) -> Answer {
        Answer::of(self.browse(Method::GET, path)).await
    }

    /// A file of this site, as it is.
    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self
            .browse(Method::GET, path)
            .send()
            .await
            .expect("the server answers");
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.expect("a whole body").to_vec()
    }

    /// A form sent from one of this site's pages.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        Answer::of(self.browse(Method::POST, path).form(fields)).await
    }
}
