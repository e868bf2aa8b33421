package io.paddock.minidirector.manifest;

import io.paddock.minidirector.system.Yaml;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The difference of two manifests or configs as the director shows it: lines, each added, removed or just there for orientation. */
public final class ManifestDiff {

    private static final String ADDED = "added";
    private static final String REMOVED = "removed";
    private static final String REDACTED = "<redacted>";
    private static final Set<String> SECRET = Set.of("properties", "bosh");

    private final boolean redact;
    private final List<List<@Nullable String>> lines = new ArrayList<>();

    private ManifestDiff(boolean redact) {
        this.redact = redact;
    }

    /**
     * @param redact whether values below "properties" are hidden
     * @return pairs of a line and "added", "removed" or null
     */
    public static List<List<@Nullable String>> between(
            Map<String, Object> before, Map<String, Object> after, boolean redact) {
        ManifestDiff diff = new ManifestDiff(redact);
        for (String section : keys(before, after)) {
            int start = diff.lines.size();
            diff.entry(section, before.get(section), after.get(section), 0, false);
            if (diff.lines.size() > start && start > 0) {
                diff.lines.add(start, line("", null));
            }
        }
        return diff.lines;
    }

    private void entry(Object key, @Nullable Object before, @Nullable Object after, int depth, boolean secret) {
        boolean hidden = secret || (redact && SECRET.contains(key.toString()));
        if (java.util.Objects.equals(before, after)) {
            return;
        }
        if (before == null || after == null) {
            Object only = before == null ? after : before;
            dump(Map.of(key, java.util.Objects.requireNonNull(only)), depth, before == null ? ADDED : REMOVED, secret);
        } else if (before instanceof Map && after instanceof Map) {
            add(key + ":", depth, null);
            Map<?, ?> one = (Map<?, ?>) before;
            Map<?, ?> two = (Map<?, ?>) after;
            keys(one, two).forEach(child -> entry(child, one.get(child), two.get(child), depth + 1, hidden));
        } else if (before instanceof List<?> one && after instanceof List<?> two && isNamed(one) && isNamed(two)) {
            add(key + ":", depth, null);
            named(one, two, depth, hidden);
        } else {
            dump(Map.of(key, before), depth, REMOVED, secret);
            dump(Map.of(key, after), depth, ADDED, secret);
        }
    }

    private void named(List<?> before, List<?> after, int depth, boolean secret) {
        Map<String, Map<String, Object>> one = byName(before);
        Map<String, Map<String, Object>> two = byName(after);
        for (String name : keys(one, two)) {
            Map<String, Object> old = one.get(name);
            Map<String, Object> now = two.get(name);
            if (java.util.Objects.equals(old, now)) {
                continue;
            }
            if (old == null || now == null) {
                Object only = old == null ? now : old;
                dump(List.of(java.util.Objects.requireNonNull(only)), depth, old == null ? ADDED : REMOVED, secret);
            } else {
                add("- name: " + name, depth, null);
                keys(old, now).forEach(child -> entry(child, old.get(child), now.get(child), depth + 1, secret));
            }
        }
    }

    private void dump(Object node, int depth, String status, boolean secret) {
        Object shown = redact ? redacted(node, secret) : node;
        // The director quotes this word.
        Yaml.write(shown)
                .lines()
                .map(text -> redact ? text.replace(REDACTED, '"' + REDACTED + '"') : text)
                .forEach(text -> add(text, depth, status));
    }

    private static Object redacted(Object node, boolean secret) {
        if (node instanceof Map<?, ?> map) {
            Map<Object, Object> result = new LinkedHashMap<>();
            map.forEach((key, value) ->
                    result.put(key, redacted(value, secret || SECRET.contains(String.valueOf(key)))));
            return result;
        }
        if (node instanceof List<?> list) {
            return list.stream().map(value -> redacted(value, secret)).toList();
        }
        return secret ? REDACTED : node;
    }

    private void add(String text, int depth, @Nullable String status) {
        lines.add(line("  ".repeat(depth) + text, status));
    }

    private static List<@Nullable String> line(String text, @Nullable String status) {
        return Arrays.asList(text, status);
    }

    private static boolean isNamed(List<?> list) {
        return list.stream().allMatch(item -> item instanceof Map<?, ?> map && map.get("name") != null);
    }

    private static Map<String, Map<String, Object>> byName(List<?> list) {
        Map<String, Map<String, Object>> named = new LinkedHashMap<>();
        list.forEach(item -> named.put(String.valueOf(Yaml.map(item).get("name")), Yaml.map(item)));
        return named;
    }

    /** The keys as they are: one may also be a number or a boolean. */
    private static <K> Set<K> keys(Map<? extends K, ?> one, Map<? extends K, ?> two) {
        Set<K> keys = new LinkedHashSet<>(one.keySet());
        keys.addAll(two.keySet());
        return keys;
    }
}
