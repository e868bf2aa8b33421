package io.paddock.minidirector.release;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jruby.embed.LocalContextScope;
import org.jruby.embed.LocalVariableBehavior;
import org.jruby.embed.ScriptingContainer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Renders the ERB templates of jobs with JRuby, in the context that bosh's template library gives them. Ruby takes some two
 * seconds to start, once; that begins with the director and goes on beside it.
 */
@Component
public class TemplateRenderer {

    private static final JsonMapper MAPPER = new JsonMapper();

    private final CompletableFuture<Ruby> ruby = CompletableFuture.supplyAsync(TemplateRenderer::start);

    /** The interpreter and the object in it that renders. */
    private record Ruby(ScriptingContainer container, Object renderer) {}

    /** Everything that could not be rendered, a line each, indented as the director does. */
    public static final class RenderingException extends RuntimeException {

        private final List<String> errors;

        RenderingException(List<String> errors) {
            super(String.join("\n", errors));
            this.errors = List.copyOf(errors);
        }

        public List<String> errors() {
            return errors;
        }
    }

    /**
     * @param context what {@code spec} holds in the template
     * @param properties the job's properties from the manifest, already interpolated
     * @param links link name to what {@code link} finds under it
     * @throws RenderingException with all errors of all templates
     */
    public RenderedJob render(
            JobSpec job, Map<String, Object> context, Map<String, Object> properties, Map<String, Object> links) {
        Map<String, Object> input = new LinkedHashMap<>(context);
        input.put("links", links);
        input.put("properties", declared(job, properties));
        String json = MAPPER.writeValueAsString(input);
        Map<String, String> files = new TreeMap<>();
        List<String> errors = new ArrayList<>();
        job.templates().forEach((source, target) -> {
            String text = evaluate(job.template(source), source, json, errors);
            if (text != null) {
                files.put(target, text);
            }
        });
        String monit = evaluate(job.monit(), "monit", json, errors);
        if (!errors.isEmpty() || monit == null) {
            throw new RenderingException(errors);
        }
        return new RenderedJob(job.name(), files, monit, job.packages(), MAPPER.writeValueAsString(links));
    }

    private @Nullable String evaluate(String template, String name, String context, List<String> errors) {
        Ruby started = ruby.join();
        synchronized (this) {
            List<?> answer =
                    (List<?>) started.container().callMethod(started.renderer(), "render", template, name, context);
            if (answer.get(0) instanceof String text) {
                return text;
            }
            errors.add("Error filling in template '" + name + "' (" + answer.get(1) + ")");
            return null;
        }
    }

    /** Only what the job's spec declares exists in a template; a manifest's value counts unless it is null. */
    public static Map<String, Object> declared(JobSpec job, Map<String, Object> given) {
        Map<String, Object> result = new LinkedHashMap<>();
        job.properties().forEach((path, otherwise) -> {
            Object value = find(given, path);
            put(result, path, value == null ? otherwise : value);
        });
        return result;
    }

    private static @Nullable Object find(Map<String, Object> tree, String path) {
        Object node = tree;
        for (String key : path.split("\\.")) {
            if (!(node instanceof Map<?, ?> map)) {
                return null;
            }
            node = map.get(key);
        }
        return node;
    }

    @SuppressWarnings("unchecked")
    private static void put(Map<String, Object> tree, String path, @Nullable Object value) {
        String[] keys = path.split("\\.");
        Map<String, Object> node = tree;
        for (int i = 0; i < keys.length - 1; i++) {
            Object child = node.computeIfAbsent(keys[i], key -> new LinkedHashMap<String, Object>());
            if (!(child instanceof Map)) {
                return;
            }
            node = (Map<String, Object>) child;
        }
        node.put(keys[keys.length - 1], value);
    }

    private static Ruby start() {
        ScriptingContainer container =
                new ScriptingContainer(LocalContextScope.SINGLETHREAD, LocalVariableBehavior.TRANSIENT);
        try (InputStream script = TemplateRenderer.class.getResourceAsStream("evaluation_context.rb")) {
            if (script == null) {
                throw new IllegalStateException("evaluation_context.rb is not in the jar");
            }
            Object renderer = container.runScriptlet(new String(script.readAllBytes(), StandardCharsets.UTF_8));
            return new Ruby(container, renderer);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
