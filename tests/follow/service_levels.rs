//! Service levels: imported as a whole or not at all, and seen within one's agencies.

use serde_json::json;

use crate::support::{Answer, Person, TestApp};

const TABLE: &str = "agency,period,service,measure,target,actual,unit,better\n\
    DOT,2026-Q3,E-mail,Uptime,99.9,99.95,%,\nDOC,2026-Q3,Service desk,Hours to fix,4,6.5,h,less\n";

async fn designer(app: &TestApp) -> Person {
    let who = app.designer().await;
    let agencies = who
        .put_csv(
            "/api/v1/agencies",
            "code,name\nDOT,Transportation\nDOC,Commerce\n",
        )
        .await;
    assert_eq!(agencies.status, 200);
    who
}

async fn a_table_is_taken_whole_or_not_at_all(app: TestApp) {
    let who = designer(&app).await;
    let path = "/api/v1/service-levels";
    let wrong = format!("{TABLE}XXX,2026,E,U,1,1,,\nDOT,soon,E,U,one,1,,\n");
    let refused = who.put_csv(path, wrong).await;
    assert_eq!(refused.status, 422, "{refused}");
    let places: Vec<_> = refused.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["pointer"].clone())
        .collect();
    assert_eq!(places, [json!("#row=4"), json!("#row=5"), json!("#row=5")]);
    assert_eq!(who.get(path).await.json()["service_levels"], json!([]));
    let taken = who.put_csv(path, TABLE).await;
    assert_eq!(taken.json(), json!({ "rows": 2, "agencies": 2 }), "{taken}");
    assert_eq!(who.put_csv(path, TABLE.replace("99.95", "90")).await.status, 200);
    let levels = who.get(path).await.json()["service_levels"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(levels.len(), 2, "what is there already is replaced");
    let met: Vec<_> = levels
        .iter()
        .map(|one| (one["agency"].clone(), one["is_met"].clone()))
        .collect();
    assert_eq!(met, [(json!("DOC"), json!(false)), (json!("DOT"), json!(false))]);
}

async fn the_people_of_one_agency_see_no_other_agencys(app: TestApp) {
    let who = designer(&app).await;
    assert_eq!(who.put_csv("/api/v1/service-levels", TABLE).await.status, 200);
    for person in [app.viewer("DOT").await, app.manager("DOT").await] {
        for path in ["/api/v1/service-levels", "/api/v1/service-levels?agency=DOT"] {
            let found = person.get(path).await.json()["service_levels"]
                .as_array()
                .unwrap()
                .clone();
            assert_eq!((found.len(), &found[0]["agency"]), (1, &json!("DOT")));
        }
        let other = person.get("/api/v1/service-levels?agency=DOC").await.json();
        assert_eq!(other["service_levels"], json!([]));
        let page = person.page("/service-levels").await;
        assert!(
            page.text.contains("Uptime") && !page.text.contains("Service desk"),
            "{page}"
        );
        assert!(!page.text.contains("type=\"file\""));
        assert_eq!(person.put_csv("/api/v1/service-levels", TABLE).await.status, 403);
    }
}

async fn a_file_sent_by_the_page_is_taken_or_told_row_by_row(app: TestApp) {
    let who = designer(&app).await;
    let send = |table: String| {
        let boundary = "xxBOUNDARYxx";
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"table\"; filename=\"t.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n{table}\r\n--{boundary}--\r\n"
        );
        Answer::of(
            who.browse(reqwest::Method::POST, "/service-levels")
                .header(
                    "Content-Type",
                    format!("multipart/form-data; boundary={boundary}"),
                )
                .body(body),
        )
    };
    let wrong = send(format!("{TABLE}<b>,2026,E,U,1,1,,\n")).await;
    assert_eq!(wrong.status, 422, "{wrong}");
    assert!(
        wrong.text.contains("there is no agency") && wrong.text.contains("&lt;b&gt;"),
        "{wrong}"
    );
    assert_eq!(send(TABLE.to_owned()).await.status, 303);
    let page = who.page("/service-levels").await;
    assert!(
        page.text.contains("not met") && page.text.contains("at most 4"),
        "{page}"
    );
}

on_both_engines!(
    a_table_is_taken_whole_or_not_at_all,
    the_people_of_one_agency_see_no_other_agencys,
    a_file_sent_by_the_page_is_taken_or_told_row_by_row,
);
