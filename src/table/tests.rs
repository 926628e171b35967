use super::*;

fn read(text: &[u8]) -> Result<Table, Problems> {
    Table::read(text, &Limits::default())
}

fn cells(table: &Table) -> Vec<(u32, Vec<String>)> {
    let columns = table.columns().rest();
    let cells = |row: &Row| columns.iter().map(|column| row.get(column).to_owned()).collect();
    table
        .rows()
        .iter()
        .map(|row| (row.number(), cells(row)))
        .collect()
}

fn refusal(text: &[u8]) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn every_way_in_which_offices_write_one_table_reads_as_the_same_table() {
    let plain = read(b"a,b\n1,\"x, y\"\n2,z\n").unwrap();
    let variants: [&[u8]; 7] = [
        b"\xef\xbb\xbfa,b\n1,\"x, y\"\n2,z\n",
        b"a,b\r\n1,\"x, y\"\r\n2,z\r\n",
        b"a,b\r1,\"x, y\"\r2,z",
        b"a;b\n1;x, y\n2;z\n",
        b"a\tb\n1\tx, y\n2\tz\n",
        b"\"a\";\"b\"\r\n\"1\";\"x, y\"\r\n\"2\";\"z\"\r\n",
        b" a , b \n 1 ,\"x, y\" \n2,z,,\n",
    ];
    for variant in variants {
        let table = read(variant).unwrap_or_else(|problems| panic!("{variant:?}: {problems}"));
        assert_eq!(
            table.headings,
            plain.headings,
            "{}",
            String::from_utf8_lossy(variant)
        );
        assert_eq!(
            cells(&table),
            cells(&plain),
            "{}",
            String::from_utf8_lossy(variant)
        );
    }
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    let table = read(b"a,b\n1,\"two\nlines\"\n\n,\n3,x\n\n\n4,y").unwrap();
    assert_eq!(
        cells(&table)
            .into_iter()
            .map(|(number, _)| number)
            .collect::<Vec<_>>(),
        [2, 5, 8]
    );
}

#[test]
fn a_separator_line_counts_as_a_row_and_decides() {
    let table = read(b"sep=;\r\na,b;c\r\n1;2\r\n").unwrap();
    assert_eq!(table.headings().collect::<Vec<_>>(), ["a,b", "c"]);
    assert_eq!((table.header_row(), table.rows()[0].number()), (2, 3));
}

#[test]
fn a_comma_inside_a_quoted_heading_does_not_decide() {
    let table = read(b"\"a, b, c\";d\n1;2\n").unwrap();
    assert_eq!(table.headings().collect::<Vec<_>>(), ["a, b, c", "d"]);
}

#[test]
fn a_single_column_is_a_table() {
    assert_eq!(cells(&read(b"a\n1\n").unwrap()), [(2, vec!["1".to_owned()])]);
}

#[test]
fn text_in_an_older_encoding_is_refused_with_every_row_and_column() {
    let told = refusal(b"name,x\nN\xfa\xf1ez,1\nok,2\nok,\xe9\n");
    assert_eq!(
        told.lines()
            .map(|line| line.split(':').next().unwrap())
            .collect::<Vec<_>>(),
        ["row 2, name", "row 4, x"]
    );
    assert!(told.contains("CSV UTF-8"), "{told}");
}

#[test]
fn a_quote_that_is_never_closed_is_refused_with_the_row_in_which_it_opens() {
    let told = refusal(b"a,b\n1,x\n2,\"y\n3,z\n4,z\n");
    assert!(
        told.starts_with("row 3: a quote is opened and never closed"),
        "{told}"
    );
}

#[test]
fn files_that_are_no_csv_are_refused_with_the_remedy() {
    for bytes in [
        b"\xff\xfea\0".as_slice(),
        b"PK\x03\x04...",
        b"\xd0\xcf\x11\xe0...",
    ] {
        assert!(refusal(bytes).contains("CSV UTF-8"));
    }
    for empty in [b"".as_slice(), b"\xef\xbb\xbf", b"\n\n", b" , \n"] {
        assert!(refusal(empty).contains("empty"), "{empty:?}");
    }
}

#[test]
fn stray_cells_control_characters_and_double_headings_are_refused_with_their_rows() {
    assert!(refusal(b"a,b\n1,2,3\n").starts_with("row 2, column 3: `3` stands under no heading"));
    assert!(refusal(b"a,b\n1,x\0y\n").starts_with("row 2, b: holds a control character"));
    assert!(refusal(b"E-mail,e mail\n").starts_with("row 1: the heading `e mail` stands twice"));
}

#[test]
fn limits_are_held() {
    let limits = Limits {
        bytes: 30,
        rows: 2,
        characters: 3,
    };
    assert!(Table::read(b"a\nabc\nabc\n", &limits).is_ok());
    assert!(
        Table::read(b"a\n\xc3\xa9\xc3\xa9\xc3\xa9\n", &limits).is_ok(),
        "characters are counted, not bytes"
    );
    for (text, told) in [
        ("a\nabcd\n", "row 2, a: is longer than 3 characters"),
        ("a\n1\n2\n3\n", "the table has 3 rows, 2 are accepted"),
        (
            "a\n12345678901234567890123456789\n",
            "the file has 32 bytes, 30 are accepted",
        ),
    ] {
        let problems = Table::read(text.as_bytes(), &limits).unwrap_err().to_string();
        assert!(problems.starts_with(told), "{problems}");
    }
}

#[test]
fn columns_are_found_by_alias_and_missing_ones_are_named() {
    let table = read(b"Agency-Code,E-Mail,mail,extra\nDOT,a,b,c\n").unwrap();
    let mut problems = Problems::default();
    let mut columns = table.columns();
    let agency = columns.required("agency", &["agency code"], &mut problems);
    columns.required("person", &["employee id"], &mut problems);
    columns.optional("email", &["mail"], &mut problems);
    columns.refuse_rest(&mut problems);
    assert_eq!(table.rows()[0].get(&agency), "DOT");
    assert_eq!(
        problems.to_string(),
        "row 1: there is no column `person` (or: employee id): add it, or name the right one so\n\
         row 1: `E-Mail` and `mail` both say `email`: keep one of them\n\
         row 1: nobody knows a column `extra`: remove it or correct its name"
    );
}

#[test]
fn many_problems_are_listed_up_to_a_limit_and_counted_beyond_it() {
    let mut text = b"a\n".to_vec();
    for _ in 0..LISTED_PROBLEMS + 7 {
        text.extend_from_slice(b"\xff\n");
    }
    let problems = read(&text).unwrap_err();
    assert_eq!(
        (problems.listed.len(), problems.more, problems.count()),
        (1000, 7, 1007)
    );
    assert!(problems.to_string().ends_with("\n... and 7 more"));
}
