//! Which records a schema takes, changes or rejects, and which changes of a schema break.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use sawlog_record::{
    Attributes, Record, Value,
    schema::{Change, Effect, Field, FieldType, Mode, Schema, SchemaError, Verdict, compare},
};

fn field(name: &str, kind: FieldType) -> Field {
    Field { name: name.to_owned(), kind, required: false }
}

fn required(name: &str, kind: FieldType) -> Field {
    Field { required: true, ..field(name, kind) }
}

fn schema(mode: Mode, fields: &[Field]) -> Schema {
    Schema::new(1, mode, fields.to_vec()).unwrap()
}

fn record(attributes: &[(&str, Value)]) -> Record {
    let attributes = attributes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    Record { attributes, ..Record::default() }
}

/// What becomes of one value: `valid`, the new value, or the words of the refusal.
fn becomes(kind: FieldType, value: &Value) -> String {
    let schema = schema(Mode::Strict, &[field("x", kind)]);
    let record = record(&[("x", value.clone())]);
    match schema.check(&record.view()) {
        Verdict::Valid => "valid".to_owned(),
        Verdict::Coerced(fields) => format!("{:?}", fields[0].1),
        Verdict::Rejected(rejection) => rejection.to_string(),
    }
}

fn map(pairs: &[(&str, Value)]) -> Value {
    Value::Map(pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect::<Attributes>())
}

#[test]
fn values_fit_or_are_made_to_fit_or_are_refused() {
    use FieldType::{Bool, Datetime, F64, I64, Ip, Json, Keyword, Text};
    let list = |values: &[Value]| Value::List(values.to_vec());
    let rows: &[(FieldType, Value, &str)] = &[
        (Keyword, "a".into(), "valid"),
        (Keyword, 5.into(), r#"Str("5")"#),
        (Text, true.into(), r#"Str("true")"#),
        (Text, 0.5.into(), r#"Str("0.5")"#),
        (Keyword, map(&[("a", 1.into())]), "field x holds a map, which is no Keyword"),
        (I64, 5.into(), "valid"),
        (I64, "5002".into(), "Int(5002)"),
        (I64, "-7".into(), "Int(-7)"),
        (I64, 7.0.into(), "Int(7)"),
        (I64, 7.5.into(), "field x holds a floating number, which is no I64"),
        (I64, 1e300.into(), "field x holds a floating number, which is no I64"),
        (I64, "5002ms".into(), "field x holds text, which is no I64"),
        (I64, " 5".into(), "field x holds text, which is no I64"),
        (I64, "99999999999999999999".into(), "field x holds text, which is no I64"),
        (I64, true.into(), "field x holds true or false, which is no I64"),
        (F64, 0.5.into(), "valid"),
        (F64, 3.into(), "Double(3.0)"),
        (F64, i64::MAX.into(), "field x holds a whole number, which is no F64"),
        (F64, "1e3".into(), "Double(1000.0)"),
        (F64, "NaN".into(), "field x holds text, which is no F64"),
        (Bool, false.into(), "valid"),
        (Bool, "TRUE".into(), "Bool(true)"),
        (Bool, 0.into(), "Bool(false)"),
        (Bool, 2.into(), "field x holds a whole number, which is no Bool"),
        (Bool, "yes".into(), "field x holds text, which is no Bool"),
        (Datetime, "2026-03-02T00:00:00Z".into(), "valid"),
        (Datetime, "2026-03-02T00:00:00+01:00".into(), "valid"),
        (Datetime, "2026-03-02".into(), "field x holds text, which is no Datetime"),
        (Datetime, 1_772_409_600.into(), r#"Str("2026-03-02T00:00:00Z")"#),
        (Datetime, 1_772_409_600_123.into(), r#"Str("2026-03-02T00:00:00.123Z")"#),
        (Datetime, 1_772_409_600_123_456.into(), r#"Str("2026-03-02T00:00:00.123456Z")"#),
        (Datetime, 1_772_409_600_123_456_789.into(), r#"Str("2026-03-02T00:00:00.123456789Z")"#),
        (Ip, "10.0.0.1".into(), "valid"),
        (Ip, "2001:db8::1".into(), "valid"),
        (Ip, "10.0.0.1:443".into(), r#"Str("10.0.0.1")"#),
        (Ip, "[2001:db8::1]:443".into(), r#"Str("2001:db8::1")"#),
        (Ip, "10.0.0.256".into(), "field x holds text, which is no Ip"),
        (Json, map(&[("a", list(&[1.into()]))]), "valid"),
        (I64, Value::Empty, "valid"),
        (I64, Value::Bytes(vec![1]), "field x holds bytes, which is no I64"),
        (I64, list(&[1.into(), 2.into()]), "valid"),
        (I64, list(&[1.into(), "2".into()]), "List([Int(1), Int(2)])"),
        (I64, list(&[1.into(), "b".into()]), "field x holds text, which is no I64"),
        (I64, list(&[list(&[])]), "field x holds a list, which is no I64"),
    ];
    for (kind, value, expected) in rows {
        assert_eq!(becomes(*kind, value), *expected, "{kind} {value:?}");
    }
}

#[test]
fn strict_schemas_know_their_fields_flat_and_nested() {
    let fields = [required("http.status", FieldType::I64), field("tags", FieldType::Json)];
    let strict = schema(Mode::Strict, &fields);
    let dynamic = schema(Mode::Dynamic, &fields);
    let flat = record(&[("http.status", 200.into()), ("sawlog.range", "0-5".into())]);
    let nested = record(&[("http", map(&[("status", 200.into())])), ("tags", map(&[("a", 1.into())]))]);
    for record in [&flat, &nested] {
        assert_eq!(strict.check(&record.view()), Verdict::Valid);
        let counted = allocation_counter::measure(|| drop(dynamic.check(&record.view())));
        assert_eq!(counted.count_total, 0, "a valid record allocates");
    }
    let status = || ("http.status", 200.into());
    let nothing = [Value::Empty, map(&[]), map(&[("on", Value::Empty), ("off", map(&[]))])];
    for value in nothing {
        let record = record(&[status(), ("debug", value.clone())]);
        assert_eq!(strict.check(&record.view()), Verdict::Valid, "{value:?} is nothing to declare");
    }
    let rows = [
        (
            record(&[status(), ("debug", Value::List(vec![]))]),
            "field debug is not declared, and the schema is Strict",
            false,
        ),
        (record(&[]), "field http.status is required and missing", true),
        (record(&[("http.status", Value::Empty)]), "field http.status is required and missing", true),
        (
            record(&[("http", map(&[("status", 200.into()), ("path", "/".into())]))]),
            "field http.path is not declared, and the schema is Strict",
            false,
        ),
    ];
    for (record, said, also_dynamic) in rows {
        let Verdict::Rejected(rejection) = strict.check(&record.view()) else { panic!("{said}") };
        assert_eq!(rejection.to_string(), said);
        assert!(said.contains(rejection.field()));
        assert_eq!(matches!(dynamic.check(&record.view()), Verdict::Rejected(_)), also_dynamic);
    }
}

#[test]
fn a_declaration_is_checked() {
    let new = |version, fields: &[Field]| Schema::new(version, Mode::Dynamic, fields.to_vec());
    assert_eq!(new(0, &[]), Err(SchemaError::Version));
    let twice = [field("a", FieldType::I64), field("a", FieldType::Text)];
    assert_eq!(new(1, &twice), Err(SchemaError::Twice("a".to_owned())));
    assert_eq!(new(1, &[field("", FieldType::I64)]), Err(SchemaError::Name(String::new())));
    let many: Vec<Field> = (0..257).map(|number| field(&number.to_string(), FieldType::I64)).collect();
    assert_eq!(new(1, &many), Err(SchemaError::TooMany(257)));
    assert_eq!(new(3, &many[..256]).unwrap().version(), 3);
}

#[test]
fn what_was_undeclared_is_promised_to_nobody() {
    let (old, new) = (schema(Mode::Dynamic, &[]), schema(Mode::Dynamic, &[field("c", FieldType::I64)]));
    let undeclared = record(&[("c", "abc".into())]);
    assert_eq!(old.check(&undeclared.view()), Verdict::Valid);
    assert!(matches!(new.check(&undeclared.view()), Verdict::Rejected(_)));
    assert!(compare(&old, &new).iter().all(|change| change.effect() == Effect::Additive));
}

#[test]
fn changes_are_additive_or_break() {
    let old = schema(Mode::Dynamic, &[field("a", FieldType::I64), required("b", FieldType::Keyword)]);
    let rows = [
        (vec![field("a", FieldType::I64), field("b", FieldType::Keyword)], "field b is optional now", true),
        (
            vec![field("a", FieldType::I64), required("b", FieldType::Keyword), field("c", FieldType::Ip)],
            "field c is new",
            true,
        ),
        (
            vec![field("a", FieldType::I64), required("b", FieldType::Keyword), required("c", FieldType::Ip)],
            "field c is new and required",
            false,
        ),
        (vec![required("b", FieldType::Keyword)], "field a is gone", false),
        (
            vec![field("a", FieldType::F64), required("b", FieldType::Keyword)],
            "field a was I64 and is F64",
            false,
        ),
        (
            vec![required("a", FieldType::I64), required("b", FieldType::Keyword)],
            "field a is required now",
            false,
        ),
    ];
    for (fields, said, additive) in rows {
        let changes = compare(&old, &schema(Mode::Dynamic, &fields));
        let [change] = &changes[..] else { panic!("{changes:?}") };
        assert_eq!(change.to_string(), said);
        assert_eq!(change.effect() == Effect::Additive, additive, "{said}");
    }
    assert_eq!(compare(&old, &old), []);
    let strict = schema(Mode::Strict, old.fields());
    assert_eq!(compare(&old, &strict), [Change::Mode { to: Mode::Strict }]);
    assert_eq!(compare(&old, &strict)[0].effect(), Effect::Breaking);
    assert_eq!(compare(&strict, &old)[0].effect(), Effect::Additive);
}
