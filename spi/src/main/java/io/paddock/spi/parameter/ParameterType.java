package io.paddock.spi.parameter;

import java.math.BigDecimal;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What values a parameter takes. The JSON Schema says most of it; {@link #refusal} the rest, in the user's words. */
public sealed interface ParameterType {

    /** The JSON Schema (draft 4) of a value, without its description. */
    Map<String, Object> schema();

    /** Why a value that fits the schema is refused all the same; empty if it is not. */
    Optional<String> refusal(Object value);

    /** The value as PostgreSQL reads it. */
    default String setting(Object value) {
        return value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString();
    }

    record IntegerRange(int minimum, int maximum) implements ParameterType {

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "integer", "minimum", minimum, "maximum", maximum);
        }

        @Override
        public Optional<String> refusal(Object value) {
            return Optional.empty();
        }
    }

    record DecimalRange(double minimum, double maximum) implements ParameterType {

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "number", "minimum", minimum, "maximum", maximum);
        }

        @Override
        public Optional<String> refusal(Object value) {
            return Optional.empty();
        }
    }

    /** A size with PostgreSQL's units. */
    record MemorySize(long minimumKb, long maximumKb) implements ParameterType {

        private static final String FORMAT = "^[1-9][0-9]{0,8}(kB|MB|GB)$";
        private static final Map<String, Long> UNITS = Map.of("kB", 1L, "MB", 1024L, "GB", 1024L * 1024L);

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "string", "pattern", FORMAT);
        }

        @Override
        public Optional<String> refusal(Object value) {
            long kilobytes = kilobytes(value.toString());
            return kilobytes >= minimumKb && kilobytes <= maximumKb
                    ? Optional.empty()
                    : Optional.of("must be from " + text(minimumKb) + " to " + text(maximumKb));
        }

        private static long kilobytes(String text) {
            String unit = text.substring(text.length() - 2);
            return Long.parseLong(text.substring(0, text.length() - 2)) * UNITS.getOrDefault(unit, 0L);
        }

        private static String text(long kilobytes) {
            return kilobytes % 1024 == 0 ? kilobytes / 1024 + "MB" : kilobytes + "kB";
        }
    }

    /** A time with PostgreSQL's units; 0 switches off, as -1 does where it is allowed. */
    record TimeSpan(boolean minusOneAllowed) implements ParameterType {

        private static final Map<String, Long> UNITS =
                Map.of("ms", 1L, "s", 1_000L, "min", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

        @Override
        public Map<String, Object> schema() {
            return ordered(
                    "type",
                    "string",
                    "pattern",
                    "^(" + (minusOneAllowed ? "-1|" : "") + "0|[1-9][0-9]{0,8}(ms|s|min|h|d))$");
        }

        @Override
        public Optional<String> refusal(Object value) {
            String text = value.toString();
            String unit = text.replaceFirst("^-?[0-9]+", "");
            if (unit.isEmpty()) {
                return Optional.empty();
            }
            long milliseconds =
                    Long.parseLong(text.substring(0, text.length() - unit.length())) * UNITS.getOrDefault(unit, 0L);
            return milliseconds <= Integer.MAX_VALUE ? Optional.empty() : Optional.of("must be at most 24d");
        }
    }

    /** A name of the IANA time zone database. */
    record TimeZone() implements ParameterType {

        private static final Pattern SYSTEM_V = Pattern.compile("^SystemV/.*");

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "string", "minLength", 1, "maxLength", 64);
        }

        @Override
        public Optional<String> refusal(Object value) {
            String zone = value.toString();
            return ZoneId.getAvailableZoneIds().contains(zone)
                            && !SYSTEM_V.matcher(zone).matches()
                    ? Optional.empty()
                    : Optional.of("is not a time zone; examples are UTC and "
                            + String.join(", ", List.of("Europe/Berlin", "America/New_York")));
        }
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(keysAndValues[i].toString(), keysAndValues[i + 1]);
        }
        return map;
    }
}
