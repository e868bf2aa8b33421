package io.paddock.minidirector.system;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Represent;
import org.yaml.snakeyaml.representer.Representer;

/** Reads YAML 1.1, like the director's Ruby, into maps, lists and scalars. */
public final class Yaml {

    private Yaml() {}

    /** @throws org.yaml.snakeyaml.error.YAMLException if the text is not YAML */
    public static @Nullable Object parse(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        return new org.yaml.snakeyaml.Yaml(new SafeConstructor(options)).load(text);
    }

    /** The value in block style, as the director writes it. */
    public static String write(Object value) {
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setSplitLines(false);
        return new org.yaml.snakeyaml.Yaml(new Quoting(options), options).dump(value);
    }

    /** Quotes the one-letter words that YAML 1.1 takes for booleans, as the director's Ruby does. */
    private static final class Quoting extends Representer {

        private static final Set<String> BOOLEAN_LETTERS = Set.of("y", "n", "Y", "N");

        Quoting(DumperOptions options) {
            super(options);
            Represent plain = representers.get(String.class);
            representers.put(
                    String.class,
                    value -> BOOLEAN_LETTERS.contains(value)
                            ? representScalar(Tag.STR, value.toString(), DumperOptions.ScalarStyle.DOUBLE_QUOTED)
                            : plain.representData(value));
        }
    }

    /** The value as a map with string keys; an absent one is empty. */
    public static Map<String, Object> map(@Nullable Object value) {
        Map<String, Object> result = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, child) -> result.put(String.valueOf(key), child));
        }
        return result;
    }

    /** The value as a list of maps; what is none is left out. */
    public static List<Map<String, Object>> maps(@Nullable Object value) {
        return value instanceof List<?> list
                ? list.stream().filter(Map.class::isInstance).map(Yaml::map).toList()
                : List.of();
    }

    public static List<String> strings(@Nullable Object value) {
        return value instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }
}
