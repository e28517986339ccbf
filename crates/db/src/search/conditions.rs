//! What may be asked of assets, as SQL over `a` (assets) and `e` (asset_exif).

use model::{
    checksum::Checksum,
    search::{BoolFilter, Condition, IdsFilter, Kind, SearchConditions, SearchScope, Test},
};
use sqlx::{Encode, Postgres, QueryBuilder, Type, postgres::PgHasArrayType};

type Query = QueryBuilder<Postgres>;

const ENCODED_VIDEO: &str = "(SELECT path FROM asset_files WHERE asset_id = a.id AND file_type = 'encoded_video')";

/// Every condition of a scope, as ` AND …`. Without a word about it, neither the trash nor what timelines hide is
/// searched; the locked folder never, unless it is named.
pub(super) fn push_scope(query: &mut Query, scope: &SearchScope) {
    query.push(" AND a.status <> 'deleted'");
    if !scope.wants_trashed() {
        query.push(" AND a.deleted_at IS NULL");
    }
    if !scope.names_visibility() {
        query.push(" AND a.visibility IN ('timeline', 'archive')");
    } else if !scope.wants_locked() {
        query.push(" AND a.visibility <> 'locked'");
    }
    push_conditions(query, &scope.filter.all);
    for (index, branch) in scope.filter.or.iter().enumerate() {
        query.push(if index == 0 { " AND ((true" } else { " OR (true" });
        push_conditions(query, branch);
        query.push(")");
    }
    if !scope.filter.or.is_empty() {
        query.push(")");
    }
}

fn push_conditions(query: &mut Query, all: &SearchConditions) {
    // Where it was taken and with what.
    for (column, condition) in [
        ("a.city", &all.city),
        ("a.state", &all.state),
        ("a.country", &all.country),
        ("e.make", &all.make),
        ("e.model", &all.model),
        ("e.lens_model", &all.lens_model),
    ] {
        push_tests(query, column, tests(condition));
    }
    for (column, condition) in [
        ("e.description", &all.description),
        ("a.original_file_name", &all.original_file_name),
        ("a.original_path", &all.original_path),
    ] {
        push_tests(query, column, tests(condition));
    }
    // When.
    for (column, condition) in
        [("a.created_at", &all.created_at), ("a.updated_at", &all.updated_at), ("a.file_created_at", &all.taken_at)]
    {
        push_tests(query, column, tests(condition));
    }
    push_tests(query, "a.deleted_at", tests(&all.trashed_at));
    // What it is.
    push_tests(query, "a.id", tests(&all.id));
    push_tests(query, "a.library_id", tests(&all.library_id));
    push_tests(query, "e.file_size_bytes::double precision", tests(&all.file_size_in_bytes));
    push_tests(query, "e.rating::double precision", tests(&all.rating));
    push_tests(query, ENCODED_VIDEO, tests(&all.encoded_video_path));
    let checksums = tests(&all.checksum);
    push_tests(query, "encode(a.checksum, 'hex')", checksums.map(|test| test.map(|sum| in_hex(sum))));
    let types = tests(&all.asset_type);
    push_tests(query, "a.asset_type", types.map(|test| test.map(|of| of.as_str().to_owned())));
    let visibilities = tests(&all.visibility);
    push_tests(query, "a.visibility", visibilities.map(|test| test.map(|of| of.as_str().to_owned())));
    push_facts(query, all);
    // Where it belongs.
    push_ids(query, "album_assets", "album_id", all.album_ids.as_ref());
    push_ids(query, "asset_faces", "person_id", all.person_ids.as_ref());
    if all.tag_ids.as_ref().is_some_and(asks_for_some) || all.ocr.is_some() {
        // Nothing has a tag yet, and no text was read.
        query.push(" AND false");
    }
}

fn push_facts(query: &mut Query, all: &SearchConditions) {
    let facts: [(&str, &Option<BoolFilter>); 7] = [
        ("EXISTS (SELECT FROM album_assets WHERE asset_id = a.id)", &all.has_albums),
        ("EXISTS (SELECT FROM asset_faces WHERE asset_id = a.id AND person_id IS NOT NULL)", &all.has_people),
        // Nothing has a tag yet.
        ("false", &all.has_tags),
        ("EXISTS (SELECT FROM asset_files WHERE asset_id = a.id AND file_type = 'encoded_video')", &all.is_encoded),
        ("a.is_favorite", &all.is_favorite),
        ("(a.live_photo_video_id IS NOT NULL)", &all.is_motion),
        ("a.is_offline", &all.is_offline),
    ];
    for (fact, condition) in facts {
        if let Some(condition) = condition {
            query.push(" AND ").push(fact).push(" = ").push_bind(condition.eq);
        }
    }
}

/// Of a table with a row for each asset that is in something, or has something.
fn push_ids(query: &mut Query, table: &str, column: &str, ids: Option<&IdsFilter>) {
    let Some(IdsFilter { all, any, none }) = ids else { return };
    if let Some(any) = any {
        query.push(format!(" AND EXISTS (SELECT FROM {table} WHERE asset_id = a.id AND {column} = ANY("));
        query.push_bind(any.clone()).push("))");
    }
    if let Some(none) = none {
        query.push(format!(" AND NOT EXISTS (SELECT FROM {table} WHERE asset_id = a.id AND {column} = ANY("));
        query.push_bind(none.clone()).push("))");
    }
    if let Some(all) = all {
        query.push(" AND ").push_bind(all.clone());
        query.push(format!("::uuid[] <@ ARRAY(SELECT {column} FROM {table} WHERE asset_id = a.id)"));
    }
}

fn asks_for_some(ids: &IdsFilter) -> bool {
    ids.any.is_some() || ids.all.as_ref().is_some_and(|all| !all.is_empty())
}

fn tests<K: Kind>(condition: &Option<Condition<K>>) -> impl Iterator<Item = Test<K::Value>> {
    condition.iter().flat_map(Condition::tests).cloned()
}

fn push_tests<T>(query: &mut Query, column: &str, tests: impl Iterator<Item = Test<T>>)
where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + PgHasArrayType + Send + 'static,
{
    for test in tests {
        query.push(" AND ");
        match test {
            Test::Is(Some(value)) => query.push(column).push(" = ").push_bind(value),
            Test::Is(None) => query.push(column).push(" IS NULL"),
            Test::IsNot(Some(value)) => query.push(column).push(" IS DISTINCT FROM ").push_bind(value),
            Test::IsNot(None) => query.push(column).push(" IS NOT NULL"),
            Test::IsOneOf(values) => query.push(column).push(" = ANY(").push_bind(values).push(")"),
            Test::IsNoneOf(values) => {
                query.push("(").push(column).push(" = ANY(").push_bind(values).push(")) IS NOT TRUE")
            }
            Test::IsAbove(value) => query.push(column).push(" > ").push_bind(value),
            Test::IsAtLeast(value) => query.push(column).push(" >= ").push_bind(value),
            Test::IsBelow(value) => query.push(column).push(" < ").push_bind(value),
            Test::IsAtMost(value) => query.push(column).push(" <= ").push_bind(value),
            Test::Contains(part) => query.push(column).push(" ILIKE ").push_bind(format!("%{}%", literal(&part))),
            Test::ContainsNot(part) => {
                query.push("(").push(column).push(" ILIKE ").push_bind(format!("%{}%", literal(&part)));
                query.push(") IS NOT TRUE")
            }
            Test::StartsWith(start) => query.push(column).push(" ILIKE ").push_bind(format!("{}%", literal(&start))),
            Test::EndsWith(end) => query.push(column).push(" ILIKE ").push_bind(format!("%{}", literal(&end))),
        };
    }
}

/// Signs that stand for others in a pattern stand for themselves.
fn literal(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

/// As the column is compared; what is no checksum is that of nothing.
fn in_hex(checksum: &str) -> String {
    checksum.parse().map_or_else(|_| checksum.to_owned(), Checksum::to_hex)
}
