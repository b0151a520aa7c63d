"""What each engine's SQL calls the few things that engines do differently, and how it marks a parameter.

Ibis compiles the rest. Each form is an expression in its own dialect over the arguments of a marker function: `json_text(doc, key)`
is the text under a key of a JSON object, None where it is absent or null; `number(text)` a DECIMAL(38,18), None where the text is
no number; `lower(text)` maps letter by letter; `quantile(x, q)` is the smallest value with at least the share q at or below it;
`micros(x)` a double to six decimals; `total(x)` an exact sum, an error where it does not fit; `week(moment)` and so on the first
day of what the moment is in, a Monday for a week.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from store.lake.engines.embedded import Dialect

_GRAINS = ("week", "month", "quarter", "year")

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "json_text": ("doc", "key"), "number": ("text",), "lower": ("text",), "quantile": ("x", "q"),
    "micros": ("x",), "total": ("x",), **dict.fromkeys(_GRAINS, ("moment",)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spelling:
    """One dialect: the name of Ibis's compiler, how parameter number `{0}` is written, the forms, and the type of a moment."""

    compiler: str
    parameter: str
    forms: Mapping[str, str]
    moment: str = "timestamp(6)"
    # Where a plain TIMESTAMP may have a time zone, moments are cast to TIMESTAMP_NTZ.
    zoneless: bool = False


def _buckets(form: str) -> dict[str, str]:
    return {grain: form.format(grain.upper()) for grain in _GRAINS}


_COMMON = {
    "lower": "LOWER(text)",
    "micros": "CAST(x AS DECIMAL(38, 6))",
    "total": "SUM(x)",
    "number": "TRY_CAST(text AS DECIMAL(38, 18))",
}

_DUCKDB = {
    **_COMMON,
    **_buckets("CAST(DATE_TRUNC('{0}', moment) AS DATE)"),
    "json_text": "JSON_EXTRACT_STRING(doc, key)",
    "quantile": "QUANTILE_DISC(x, q)",
}

# Spark writes a JSON number as Java does: 1.0E7 where DuckDB has 10000000.0 and 1.0E-7 where it has 1e-7. A string may look so too,
# so what looks so is read once more, as a variant, which knows. A function of one element is how Spark names a value for reuse.
_TEXT = "TRY_ELEMENT_AT(FROM_JSON(doc, 'MAP<STRING, STRING>'), key)"
_IS_STRING = "SCHEMA_OF_VARIANT(TRY_ELEMENT_AT(FROM_JSON(doc, 'MAP<STRING, VARIANT>'), key)) = 'STRING'"
_TRIMMED = "REGEXP_REPLACE(CAST(CAST(t AS DECIMAL(38, {0})) AS STRING), '([.][0-9]+?)0*$', '$1')"
_PLAIN = (
    "CASE WHEN ABS(CAST(t AS DOUBLE)) >= 1e21 OR ABS(CAST(t AS DOUBLE)) < 1e-6 "
    "THEN REPLACE(REPLACE(t, '.0E', 'E'), 'E', 'e') "
    f"WHEN ABS(CAST(t AS DOUBLE)) < 1 THEN {_TRIMMED.format(30)} ELSE {_TRIMMED.format(16)} END"
)
_JSON = f"CASE WHEN NOT t RLIKE '^-?[0-9][.][0-9]+E-?[0-9]+$' THEN t WHEN {_IS_STRING} THEN t ELSE {_PLAIN} END"
# DuckDB takes 1_000 for a number, and of digits none but 0 to 9; Java the other way round.
_JOINED = "REGEXP_REPLACE(text, '(?<=[0-9])_(?=[0-9])', '')"
_BLANKS = "[ \t\n\v\f\r]*"
_NUMBER = f"^{_BLANKS}[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?{_BLANKS}$"
_SPARK = {
    "json_text": f"TRY_ELEMENT_AT(TRANSFORM(ARRAY({_TEXT}), t -> {_JSON}), 1)",
    "number": f"TRY_ELEMENT_AT(TRANSFORM(ARRAY({_JOINED}), "
    f"t -> CASE WHEN t RLIKE '{_NUMBER}' THEN TRY_CAST(t AS DECIMAL(38, 18)) END), 1)",
    # Java alone lowers these two by more than one rule: a sigma at the end of a word, and a dotted capital I to two letters.
    "lower": "LOWER(TRANSLATE(text, '\u03a3\u0130', '\u03c3i'))",
    "quantile": "TRY_ELEMENT_AT(SORT_ARRAY(COLLECT_LIST(x)), GREATEST(1, CAST(CEIL(q * COUNT(x)) AS INT)))",
    "micros": "CAST(CAST(ROUND(x * 1e6) AS BIGINT) * 0.000001 AS DECIMAL(38, 6))",
    "total": "SUM(x)",
    **_buckets("TRUNC(moment, '{0}')"),
}

_OBJECT = "ELEMENT_AT(CAST(JSON_PARSE(doc) AS MAP(VARCHAR, JSON)), key)"
_TRINO = {
    **_COMMON,
    **_buckets("DATE_TRUNC('{0}', CAST(moment AS DATE))"),
    "json_text": f"COALESCE(JSON_EXTRACT_SCALAR({_OBJECT}, '$'), NULLIF(JSON_FORMAT({_OBJECT}), 'null'))",
    # Trino has an approximate percentile only.
    "quantile": "ELEMENT_AT(ARRAY_SORT(ARRAY_AGG(x) FILTER (WHERE NOT x IS NULL)), "
    "GREATEST(1, CAST(CEIL(q * COUNT(x)) AS BIGINT)))",
}

_CLICKHOUSE = {
    "json_text": "CASE WHEN JSONType(doc, key) = 'String' THEN JSONExtractString(doc, key) "
    "ELSE nullIf(nullIf(JSONExtractRaw(doc, key), ''), 'null') END",
    "number": "toDecimal128OrNull(text, 18)",
    "lower": "lowerUTF8(text)",
    "quantile": "CASE WHEN COUNT(x) > 0 THEN arrayElement(arraySort(groupArray(x)), "
    "toUInt64(greatest(1, ceil(q * COUNT(x))))) END",
    # A cast of a float to a decimal cuts it off.
    "micros": "toDecimal128(toInt64(round(x * 1000000)), 6) / 1000000",
    # A sum of Decimal(38, 18) wraps around silently; of twice the width it cannot.
    "total": "SUM(CAST(x AS Nullable(Decimal(76, 18))))",
    "week": "toMonday(moment)",
    "month": "toStartOfMonth(moment)",
    "quarter": "toStartOfQuarter(moment)",
    "year": "toStartOfYear(moment)",
}

_MEMBER = "PARSE_JSON(doc, wide_number_mode => 'round')[key]"
_BIGQUERY = {
    "json_text": f"COALESCE(JSON_VALUE({_MEMBER}), NULLIF(TO_JSON_STRING({_MEMBER}), 'null'))",
    "number": "ROUND(SAFE_CAST(text AS BIGNUMERIC), 18)",
    "lower": "LOWER(text)",
    "quantile": "ARRAY_AGG(x IGNORE NULLS ORDER BY x)[SAFE_ORDINAL(GREATEST(1, CAST(CEIL(q * COUNT(x)) AS INT64)))]",
    "micros": "ROUND(CAST(x AS BIGNUMERIC), 6)",
    "total": "SUM(x)",
    **_buckets("DATE_TRUNC(DATE(moment), {0})"),
    "week": "DATE_TRUNC(DATE(moment), WEEK(MONDAY))",
}

_SNOWFLAKE = {
    **_COMMON,
    **_buckets("DATE_TRUNC('{0}', CAST(moment AS DATE))"),
    "json_text": "CAST(GET(PARSE_JSON(doc), key) AS VARCHAR)",
    "quantile": "PERCENTILE_DISC(q) WITHIN GROUP (ORDER BY x)",
    # The day a week starts on is a setting of the session there; the ISO day of the week is none.
    "week": "DATEADD(DAY, 1 - DAYOFWEEKISO(CAST(moment AS DATE)), CAST(moment AS DATE))",
}

SPELLINGS: Mapping[Dialect, Spelling] = {
    "duckdb": Spelling("DuckDBCompiler", "${0}", _DUCKDB),
    "spark": Spelling("PySparkCompiler", ":v{0}", _SPARK, zoneless=True),
    "trino": Spelling("TrinoCompiler", "?", _TRINO),
    "athena": Spelling("AthenaCompiler", "?", _TRINO),
    "clickhouse": Spelling("ClickHouseCompiler", "{{v{0}:String}}", _CLICKHOUSE, moment="timestamp('UTC', 6)"),
    "bigquery": Spelling("BigQueryCompiler", "@v{0}", _BIGQUERY),
    "snowflake": Spelling("SnowflakeCompiler", "?", _SNOWFLAKE, zoneless=True),
}
