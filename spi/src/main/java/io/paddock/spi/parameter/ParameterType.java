package io.paddock.spi.parameter;

import io.paddock.spi.text.SpiText;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What values a parameter takes. The JSON Schema says most of it, {@link #accepts} the rest, and {@link #wanted} all, in the user's words. */
public sealed interface ParameterType {

    /** The JSON Schema (draft 4) of a value, without its description. */
    Map<String, Object> schema();

    /** What is right, with an example: "NAME must be ...". */
    String wanted(String name);

    /** Whether a value that fits the schema is one. */
    default boolean accepts(Object value) {
        return true;
    }

    /** The value as the schema has it, if somebody wrote it in another way that can mean nothing else; as it is, otherwise. */
    default Object normalized(Object given) {
        return given;
    }

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
        public String wanted(String name) {
            return SpiText.FLAG.text(name);
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
        public String wanted(String name) {
            return SpiText.INTEGER_IN_RANGE.text(name, minimum, maximum);
        }

        @Override
        public Object normalized(Object given) {
            String text = compact(given);
            return text.matches("-?[0-9]{1,9}(\\.0{1,9})?") ? Integer.valueOf(text.replaceFirst("\\..*", "")) : given;
        }
    }

    record DecimalRange(double minimum, double maximum) implements ParameterType {

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "number", "minimum", minimum, "maximum", maximum);
        }

        @Override
        public String wanted(String name) {
            return SpiText.NUMBER_IN_RANGE.text(name, number(minimum), number(maximum));
        }

        private static String number(double value) {
            return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
        }

        @Override
        public Object normalized(Object given) {
            return given instanceof String text && text.strip().matches("-?[0-9]{1,9}(\\.[0-9]{1,9})?")
                    ? Double.valueOf(text.strip())
                    : given;
        }
    }

    /** A size with PostgreSQL's units. */
    record MemorySize(long minimumKb, long maximumKb) implements ParameterType {

        private static final String FORMAT = "^[1-9][0-9]{0,8}(kB|MB|GB)$";
        private static final Pattern LENIENT = Pattern.compile("0{0,9}([1-9][0-9]{0,8}) ?([kmg])b?");
        private static final Map<String, Long> UNITS = Map.of("kB", 1L, "MB", 1024L, "GB", 1024L * 1024L);

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "string", "pattern", FORMAT);
        }

        @Override
        public String wanted(String name) {
            return SpiText.SIZE.text(name, text(minimumKb), text(maximumKb), example());
        }

        /** A round one between the limits. */
        private String example() {
            long highest = Long.highestOneBit(maximumKb);
            return text(highest / 4 >= minimumKb ? highest / 4 : maximumKb);
        }

        @Override
        public boolean accepts(Object value) {
            long kilobytes = kilobytes(value.toString());
            return kilobytes >= minimumKb && kilobytes <= maximumKb;
        }

        /** A number without a unit stays one: PostgreSQL would take it for kilobytes here and for megabytes there. */
        @Override
        public Object normalized(Object given) {
            Matcher size = LENIENT.matcher(compact(given));
            return size.matches()
                    ? size.group(1)
                            + (size.group(2).equals("k") ? "k" : size.group(2).toUpperCase(Locale.ROOT)) + "B"
                    : given;
        }

        private static long kilobytes(String text) {
            String unit = text.substring(text.length() - 2);
            return Long.parseLong(text.substring(0, text.length() - 2)) * UNITS.getOrDefault(unit, 0L);
        }

        private static String text(long kilobytes) {
            if (kilobytes % (1024 * 1024) == 0) {
                return kilobytes / (1024 * 1024) + "GB";
            }
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
        public String wanted(String name) {
            return SpiText.SHARE.text(name, minimumPercent, maximumPercent);
        }

        @Override
        public boolean accepts(Object value) {
            int percent = percent(value);
            return percent >= minimumPercent && percent <= maximumPercent;
        }

        @Override
        public Object normalized(Object given) {
            return given instanceof String ? compact(given).replace(" %", "%") : given;
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
        public String wanted(String name) {
            return SpiText.CHOICE.text(name, String.join(", ", words));
        }

        /** YAML and JSON have a word of their own for off. */
        @Override
        public Object normalized(Object given) {
            String word = Boolean.FALSE.equals(given) ? "off" : compact(given);
            return words.contains(word) ? word : given;
        }
    }

    /**
     * A time with PostgreSQL's units.
     *
     * @param special words beside it, such as 0 for never
     */
    record TimeSpan(List<String> special, long minimumMs, long maximumMs) implements ParameterType {

        private static final Pattern LENIENT = Pattern.compile("0{0,9}([1-9][0-9]{0,8}) ?(ms|s|min|h|d)");
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
        public String wanted(String name) {
            String words = special.isEmpty() ? "" : ", or " + String.join(" or ", special);
            return SpiText.TIME.text(
                    name, text(minimumMs), text(maximumMs), (accepts("30s") ? "30s" : "15min") + words);
        }

        @Override
        public boolean accepts(Object value) {
            String text = value.toString();
            if (special.contains(text)) {
                return true;
            }
            String unit = text.replaceFirst("^[0-9]+", "");
            long milliseconds =
                    Long.parseLong(text.substring(0, text.length() - unit.length())) * UNITS.getOrDefault(unit, 0L);
            return milliseconds >= minimumMs && milliseconds <= maximumMs;
        }

        /** A number without a unit stays one, but for the special ones: a second here would be a millisecond there. */
        @Override
        public Object normalized(Object given) {
            String text = compact(given);
            Matcher time = LENIENT.matcher(text);
            if (time.matches()) {
                return time.group(1) + time.group(2);
            }
            return special.contains(text) ? text : given;
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
        public String wanted(String name) {
            return SpiText.TIME_ZONE.text(name);
        }

        @Override
        public boolean accepts(Object value) {
            String zone = value.toString();
            return ZoneId.getAvailableZoneIds().contains(zone)
                    && !SYSTEM_V.matcher(zone).matches();
        }

        @Override
        public Object normalized(Object given) {
            return ZoneId.getAvailableZoneIds().stream()
                    .filter(zone -> zone.equalsIgnoreCase(given.toString().strip()))
                    .findFirst()
                    .map(Object.class::cast)
                    .orElse(given);
        }
    }

    /** Without capitals and blanks around it, which mean nothing in a value. */
    private static String compact(Object given) {
        return given.toString().strip().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(keysAndValues[i].toString(), keysAndValues[i + 1]);
        }
        return map;
    }
}
