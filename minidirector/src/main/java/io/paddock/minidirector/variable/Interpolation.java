package io.paddock.minidirector.variable;

import io.paddock.minidirector.system.DirectorException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Replaces {@code ((name))} and {@code ((name.key))} in a parsed tree by the values of variables. */
public final class Interpolation {

    private static final Pattern REFERENCE = Pattern.compile("\\(\\(([^()\\s]+)\\)\\)");

    private final ConfigServer configServer;
    private final String prefix;
    private final TreeSet<String> used = new TreeSet<>();

    /** @param prefix of relative names, {@code /<director>/<deployment>/} */
    public Interpolation(ConfigServer configServer, String prefix) {
        this.configServer = configServer;
        this.prefix = prefix;
    }

    public static String absolute(String name, String prefix) {
        return name.startsWith("/") ? name : prefix + name;
    }

    /** Absolute names of the variables that were replaced so far. */
    public List<String> used() {
        return List.copyOf(used);
    }

    public Object apply(Object node) {
        if (node instanceof Map<?, ?> map) {
            Map<String, Object> result = new LinkedHashMap<>();
            map.forEach((key, value) -> result.put(String.valueOf(key), value == null ? null : apply(value)));
            return result;
        }
        if (node instanceof List<?> list) {
            return list.stream()
                    .map(value -> value == null ? null : apply(value))
                    .toList();
        }
        return node instanceof String text ? text(text) : node;
    }

    private Object text(String text) {
        Matcher whole = REFERENCE.matcher(text);
        if (whole.matches()) {
            return value(whole.group(1));
        }
        return whole.reset()
                .replaceAll(reference -> Matcher.quoteReplacement(String.valueOf(value(reference.group(1)))));
    }

    private Object value(String reference) {
        // An optional "!" only tells bosh-cli's interpolation to insist; the director ignores it.
        String name = reference.startsWith("!") ? reference.substring(1) : reference;
        int slash = name.lastIndexOf('/');
        int dot = name.indexOf('.', slash + 1);
        String absolute = absolute(dot < 0 ? name : name.substring(0, dot), prefix);
        Variable variable = configServer.fetch(absolute);
        used.add(absolute);
        if (dot < 0) {
            return variable.value();
        }
        String key = name.substring(dot + 1);
        if (variable.value() instanceof Map<?, ?> fields && fields.get(key) != null) {
            return fields.get(key);
        }
        throw DirectorException.uncoded(
                "Failed to fetch variable '" + absolute + "' from config server: it has no '" + key + "'");
    }
}
