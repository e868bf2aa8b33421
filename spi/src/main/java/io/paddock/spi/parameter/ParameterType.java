package io.paddock.spi.parameter;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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

    /** What a value means as an attribute of the template. */
    record Attribute(String name, Object value) {}

    /** The template's attribute for a value that a deployment brings into force. */
    default Attribute attribute(String name, Object value) {
        return new Attribute(name, value);
    }

    /** On or off. */
    record Flag() implements ParameterType {

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "boolean");
        }

        @Override
        public Optional<String> refusal(Object value) {
            return Optional.empty();
        }

        @Override
        public String setting(Object value) {
            return Boolean.TRUE.equals(value) ? "on" : "off";
        }
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

    /** A share of the machine's memory, "25%". */
    record MemoryShare(int minimumPercent, int maximumPercent, int memoryMb) implements ParameterType {

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "string", "pattern", "^[1-9][0-9]?%$");
        }

        @Override
        public Optional<String> refusal(Object value) {
            int percent = percent(value);
            return percent >= minimumPercent && percent <= maximumPercent
                    ? Optional.empty()
                    : Optional.of("must be from " + minimumPercent + "% to " + maximumPercent + "%");
        }

        @Override
        public Attribute attribute(String name, Object value) {
            return new Attribute(name + "_mb", memoryMb * percent(value) / 100);
        }

        private static int percent(Object value) {
            return Integer.parseInt(value.toString().replace("%", ""));
        }
    }

    /** One of a few words. */
    record Choice(List<String> words) implements ParameterType {

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "string", "enum", words);
        }

        @Override
        public Optional<String> refusal(Object value) {
            return Optional.empty();
        }
    }

    /**
     * A time with PostgreSQL's units.
     *
     * @param special words beside it, such as 0 for never
     */
    record TimeSpan(List<String> special, long minimumMs, long maximumMs) implements ParameterType {

        private static final Map<String, Long> UNITS =
                Map.of("ms", 1L, "s", 1_000L, "min", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

        /** Up to what PostgreSQL can count; 0 switches off. */
        static TimeSpan switchable() {
            return new TimeSpan(List.of("0"), 1, Integer.MAX_VALUE);
        }

        static TimeSpan between(Duration minimum, Duration maximum) {
            return new TimeSpan(List.of(), minimum.toMillis(), maximum.toMillis());
        }

        @Override
        public Map<String, Object> schema() {
            return ordered(
                    "type",
                    "string",
                    "pattern",
                    "^("
                            + special.stream().map(word -> word + "|").collect(Collectors.joining())
                            + "[1-9][0-9]{0,8}(ms|s|min|h|d))$");
        }

        @Override
        public Optional<String> refusal(Object value) {
            String text = value.toString();
            if (special.contains(text)) {
                return Optional.empty();
            }
            String unit = text.replaceFirst("^[0-9]+", "");
            long milliseconds =
                    Long.parseLong(text.substring(0, text.length() - unit.length())) * UNITS.getOrDefault(unit, 0L);
            if (milliseconds < minimumMs) {
                return Optional.of("must be at least " + text(minimumMs));
            }
            return milliseconds <= maximumMs ? Optional.empty() : Optional.of("must be at most " + text(maximumMs));
        }

        private static String text(long milliseconds) {
            for (String unit : List.of("d", "h", "min", "s")) {
                long size = UNITS.getOrDefault(unit, 1L);
                // PostgreSQL's highest value is no round number of days.
                if (milliseconds >= size && (milliseconds % size == 0 || milliseconds == Integer.MAX_VALUE)) {
                    return milliseconds / size + unit;
                }
            }
            return milliseconds + "ms";
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
