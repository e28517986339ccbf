//! Conditions on one field, in the published words: `{"gte": 3, "ne": null}`. Several on one field must all hold.

use crate::assets::{AssetType, Visibility};
use chrono::{DateTime, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, Visitor},
};
use std::{borrow::Cow, fmt, marker::PhantomData};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, ObjectBuilder, RefOr, Schema,
        schema::{AdditionalProperties, SchemaType, Type},
    },
};
use uuid::Uuid;

/// One comparison of a field's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test<T> {
    /// `None` is a field without a value.
    Is(Option<T>),
    IsNot(Option<T>),
    IsOneOf(Vec<T>),
    IsNoneOf(Vec<T>),
    IsAbove(T),
    IsAtLeast(T),
    IsBelow(T),
    IsAtMost(T),
    Contains(String),
    ContainsNot(String),
    StartsWith(String),
    EndsWith(String),
}

impl<T> Test<T> {
    /// The same of other values.
    pub fn map<U>(&self, change: impl Fn(&T) -> U) -> Test<U> {
        let all = |values: &[T]| values.iter().map(&change).collect();
        match self {
            Self::Is(value) => Test::Is(value.as_ref().map(change)),
            Self::IsNot(value) => Test::IsNot(value.as_ref().map(change)),
            Self::IsOneOf(values) => Test::IsOneOf(all(values)),
            Self::IsNoneOf(values) => Test::IsNoneOf(all(values)),
            Self::IsAbove(value) => Test::IsAbove(change(value)),
            Self::IsAtLeast(value) => Test::IsAtLeast(change(value)),
            Self::IsBelow(value) => Test::IsBelow(change(value)),
            Self::IsAtMost(value) => Test::IsAtMost(change(value)),
            Self::Contains(part) => Test::Contains(part.clone()),
            Self::ContainsNot(part) => Test::ContainsNot(part.clone()),
            Self::StartsWith(start) => Test::StartsWith(start.clone()),
            Self::EndsWith(end) => Test::EndsWith(end.clone()),
        }
    }
}

/// What may be asked of a kind of field.
pub trait Kind {
    type Value: fmt::Debug + Clone + PartialEq + DeserializeOwned;
    /// As what values are published: dates and ids are texts.
    type Published: ToSchema;
    /// Of the schema.
    const NAME: &'static str;
    /// Whether one may ask for fields without a value.
    const IS_NULLABLE: bool;
    const OPERATORS: &'static [Operator];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Eq,
    Ne,
    In,
    NotIn,
    Gt,
    Gte,
    Lt,
    Lte,
    Like,
    NotLike,
    StartsWith,
    EndsWith,
}

impl Operator {
    fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::In => "in",
            Self::NotIn => "notIn",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Like => "like",
            Self::NotLike => "notLike",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
        }
    }

    fn read<'de, K: Kind, M: MapAccess<'de>>(self, map: &mut M) -> Result<Test<K::Value>, M::Error> {
        Ok(match self {
            Self::Eq => Test::Is(nullable::<K, M>(map)?),
            Self::Ne => Test::IsNot(nullable::<K, M>(map)?),
            Self::In => Test::IsOneOf(map.next_value()?),
            Self::NotIn => Test::IsNoneOf(map.next_value()?),
            Self::Gt => Test::IsAbove(map.next_value()?),
            Self::Gte => Test::IsAtLeast(map.next_value()?),
            Self::Lt => Test::IsBelow(map.next_value()?),
            Self::Lte => Test::IsAtMost(map.next_value()?),
            Self::Like => Test::Contains(map.next_value()?),
            Self::NotLike => Test::ContainsNot(map.next_value()?),
            Self::StartsWith => Test::StartsWith(map.next_value()?),
            Self::EndsWith => Test::EndsWith(map.next_value()?),
        })
    }

    fn schema<K: Kind>(self) -> RefOr<Schema> {
        let value = || reference_or_schema::<K::Published>();
        match self {
            Self::Eq | Self::Ne if K::IS_NULLABLE => {
                // Only texts, numbers and dates are ever without a value: no reference among them.
                match value() {
                    RefOr::T(Schema::Object(mut object)) => {
                        if let SchemaType::Type(kind) = object.schema_type {
                            object.schema_type = SchemaType::from_iter([kind, Type::Null]);
                        }
                        Schema::Object(object).into()
                    }
                    other => other,
                }
            }
            Self::In | Self::NotIn => ArrayBuilder::new().items(value()).into(),
            Self::Like | Self::NotLike | Self::StartsWith | Self::EndsWith => String::schema(),
            _ => value(),
        }
    }
}

fn nullable<'de, K: Kind, M: MapAccess<'de>>(map: &mut M) -> Result<Option<K::Value>, M::Error> {
    if K::IS_NULLABLE { map.next_value() } else { map.next_value().map(Some) }
}

/// Enumerations stand in the document once.
fn reference_or_schema<T: ToSchema>() -> RefOr<Schema> {
    match T::schema() {
        RefOr::T(Schema::Object(object)) if object.enum_values.is_some() => {
            utoipa::openapi::Ref::from_schema_name(T::name()).into()
        }
        other => other,
    }
}

/// The comparisons that a client asks for of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition<K: Kind>(Vec<Test<K::Value>>);

impl<K: Kind> Condition<K> {
    pub fn new(tests: Vec<Test<K::Value>>) -> Self {
        Self(tests)
    }

    pub fn tests(&self) -> &[Test<K::Value>] {
        &self.0
    }
}

impl<'de, K: Kind> Deserialize<'de> for Condition<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ConditionVisitor(PhantomData))
    }
}

struct ConditionVisitor<K>(PhantomData<K>);

impl<'de, K: Kind> Visitor<'de> for ConditionVisitor<K> {
    type Value = Condition<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("comparisons by their names")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut tests = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let operator = K::OPERATORS.iter().find(|operator| operator.name() == name);
            let operator = operator.ok_or_else(|| M::Error::custom(format_args!("Unrecognized key: \"{name}\"")))?;
            tests.push(operator.read::<K, M>(&mut map)?);
        }
        Ok(Condition(tests))
    }
}

impl<K: Kind> PartialSchema for Condition<K> {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        let properties = K::OPERATORS.iter().map(|operator| (operator.name(), operator.schema::<K>()));
        properties.fold(object, |object, (name, schema)| object.property(name, schema)).into()
    }
}

impl<K: Kind> ToSchema for Condition<K> {
    fn name() -> Cow<'static, str> {
        K::NAME.into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((K::Published::name().into(), K::Published::schema()));
    }
}

macro_rules! kinds {
    ($($name:ident of $value:ty, published as $published:ty, nullable $is_nullable:literal: $($operator:ident)*;)*) => {
        /// The kinds of fields; [`Condition`]s on them have the same names outside.
        pub mod kind {
            $(#[derive(Debug, Clone, PartialEq)]
            pub struct $name;)*
        }

        $(pub type $name = Condition<kind::$name>;

        impl Kind for kind::$name {
            type Value = $value;
            type Published = $published;
            const NAME: &'static str = stringify!($name);
            const IS_NULLABLE: bool = $is_nullable;
            const OPERATORS: &'static [Operator] = &[$(Operator::$operator,)*];
        })*
    };
}

kinds! {
    StringFilter of String, published as String, nullable false: Eq Ne In NotIn;
    StringFilterNullable of String, published as String, nullable true: Eq Ne In NotIn;
    StringPatternFilter of String, published as String, nullable true: Eq Ne In NotIn Like NotLike StartsWith EndsWith;
    DateFilter of DateTime<Utc>, published as String, nullable false: Eq Ne Gt Gte Lt Lte;
    DateFilterNullable of DateTime<Utc>, published as String, nullable true: Eq Ne Gt Gte Lt Lte;
    NumberFilter of f64, published as f64, nullable false: Eq Ne In NotIn Gt Gte Lt Lte;
    NumberFilterNullable of f64, published as f64, nullable true: Eq Ne In NotIn Gt Gte Lt Lte;
    IdFilter of Uuid, published as String, nullable false: Eq Ne;
    IdFilterNullable of Uuid, published as String, nullable true: Eq Ne;
    EnumFilterAssetType of AssetType, published as AssetType, nullable false: Eq Ne In NotIn;
    EnumFilterAssetVisibility of Visibility, published as Visibility, nullable false: Eq Ne In NotIn;
}

/// Of things that an asset can be in or have several of.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdsFilter {
    #[schema(nullable = false)]
    pub all: Option<Vec<Uuid>>,
    #[schema(nullable = false)]
    pub any: Option<Vec<Uuid>>,
    #[schema(nullable = false)]
    pub none: Option<Vec<Uuid>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BoolFilter {
    pub eq: bool,
}

/// Of the text that is seen in a picture.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StringSimilarityFilter {
    pub matches: String,
}
