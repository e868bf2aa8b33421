package io.paddock.minidirector.deployment;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.JsonFile;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The links of all deployments as their last deploys resolved them, and those that somebody outside asked for. What is still there after a
 * deploy keeps its id.
 */
@Component
public class LinkRegister {

    private static final int LOOKUP_FAILED = 810000;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    /** The file's content. */
    record Content(long lastId, List<Provider> providers, List<Consumer> consumers, List<Link> links) {}

    /**
     * What a job of a deployment offers.
     *
     * @param definition its name in the job's spec
     * @param network whose addresses it gives
     */
    public record Provider(
            long id,
            String deployment,
            String group,
            String job,
            String definition,
            String name,
            String type,
            String network,
            boolean shared) {

        private boolean isSame(Provider other) {
            return other.deployment.equals(deployment)
                    && other.group.equals(group)
                    && other.job.equals(job)
                    && other.definition.equals(definition);
        }
    }

    /**
     * Who uses a link.
     *
     * @param group null for somebody outside of all deployments
     * @param owner a job's name, or that of the one outside
     */
    public record Consumer(
            long id,
            String deployment,
            @Nullable String group,
            String owner,
            String name,
            String type,
            boolean optional) {

        public boolean isExternal() {
            return group == null;
        }

        private boolean isSame(Consumer other) {
            return other.deployment.equals(deployment)
                    && java.util.Objects.equals(other.group, group)
                    && other.owner.equals(owner)
                    && other.name.equals(name);
        }
    }

    /** @param createdAt as the director prints it, "2026-11-21 02:45:32 UTC" */
    public record Link(long id, String name, long consumerId, long providerId, String network, String createdAt) {}

    private final JsonFile<Content> file;
    private final Clock clock;
    private Content content;

    LinkRegister(MinidirectorProperties properties, Clock clock) {
        this.file = new JsonFile<>(properties.stateDirectory().resolve("links.json"), Content.class);
        this.clock = clock;
        this.content = file.read().orElse(new Content(0, List.of(), List.of(), List.of()));
    }

    public synchronized List<Provider> providers(String deployment) {
        return content.providers().stream()
                .filter(provider -> provider.deployment().equals(deployment))
                .toList();
    }

    public synchronized List<Consumer> consumers(String deployment) {
        return content.consumers().stream()
                .filter(consumer -> consumer.deployment().equals(deployment))
                .toList();
    }

    /** Links whose consumer belongs to a deployment; one outside belongs to that of its provider. */
    public synchronized List<Link> links(String deployment) {
        List<Long> consumers = consumers(deployment).stream().map(Consumer::id).toList();
        return content.links().stream()
                .filter(link -> consumers.contains(link.consumerId()))
                .toList();
    }

    /** The deployment that a link's provider belongs to, with the link. */
    public synchronized Optional<Provider> providerOf(String linkId) {
        return link(linkId)
                .flatMap(link -> content.providers().stream()
                        .filter(provider -> provider.id() == link.providerId())
                        .findFirst());
    }

    /** The name that leads to the provider's healthy instances. */
    public synchronized String address(String linkId) {
        Link link = link(linkId).orElseThrow(() -> notFound(linkId));
        Provider provider = providerOf(linkId).orElseThrow();
        return "q-s0." + provider.group() + "." + link.network() + "." + provider.deployment() + ".bosh";
    }

    /**
     * Links somebody outside of all deployments to a provider.
     *
     * @param network null for the provider's own
     * @throws DirectorException 810000 for an unknown provider
     */
    public synchronized Link add(String providerId, String owner, @Nullable String network) {
        Provider provider = content.providers().stream()
                .filter(known -> Long.toString(known.id()).equals(providerId))
                .findFirst()
                .orElseThrow(() -> new DirectorException(LOOKUP_FAILED, "Invalid link_provider_id: " + providerId));
        String wanted = network == null ? provider.network() : network;
        Optional<Link> known = content.links().stream()
                .filter(link ->
                        link.providerId() == provider.id() && link.network().equals(wanted))
                .filter(link -> content.consumers().stream()
                        .anyMatch(consumer -> consumer.id() == link.consumerId()
                                && consumer.isExternal()
                                && consumer.owner().equals(owner)))
                .findFirst();
        if (known.isPresent()) {
            return known.get();
        }
        Draft draft = new Draft(content);
        Consumer consumer =
                draft.add(new Consumer(0, provider.deployment(), null, owner, provider.name(), provider.type(), false));
        Link link = draft.keep(consumer, provider, wanted);
        save(draft.content());
        return link;
    }

    /** @throws DirectorException 810000 unless it is a link to the outside */
    public synchronized void delete(String linkId) {
        Link link = link(linkId).orElseThrow(() -> notFound(linkId));
        boolean external = content.consumers().stream()
                .anyMatch(consumer -> consumer.id() == link.consumerId() && consumer.isExternal());
        if (!external) {
            throw new DirectorException(LOOKUP_FAILED, "Error deleting link: not a external link");
        }
        save(without(content, consumer -> consumer.id() == link.consumerId(), provider -> false));
    }

    synchronized void update(String deployment, Links resolved) {
        Draft draft = new Draft(content);
        List<Long> kept = new ArrayList<>();
        for (Links.Provider offered : resolved.providers()) {
            kept.add(draft.keep(register(deployment, offered)).id());
        }
        for (Links.Consumer asking : resolved.consumers()) {
            Consumer consumer = draft.keep(new Consumer(
                    0,
                    deployment,
                    asking.group(),
                    asking.job(),
                    asking.link().name(),
                    asking.link().type(),
                    asking.link().optional()));
            kept.add(consumer.id());
            if (asking.provider() != null) {
                Provider provider = draft.keep(register(deployment, asking.provider()));
                draft.keep(consumer, provider, provider.network());
            }
        }
        save(without(
                draft.content(),
                consumer -> consumer.deployment().equals(deployment)
                        && !consumer.isExternal()
                        && !kept.contains(consumer.id()),
                provider -> provider.deployment().equals(deployment) && !kept.contains(provider.id())));
    }

    private static Provider register(String deployment, Links.Provider offered) {
        return new Provider(
                0,
                deployment,
                offered.group().name(),
                offered.job(),
                offered.name(),
                offered.alias(),
                offered.type(),
                offered.group().networks().get(0).name(),
                offered.shared());
    }

    synchronized void forget(String deployment) {
        save(without(
                content,
                consumer -> consumer.deployment().equals(deployment),
                provider -> provider.deployment().equals(deployment)));
    }

    /** What is gone takes its links along. */
    private static Content without(
            Content content, Predicate<Consumer> goneConsumer, Predicate<Provider> goneProvider) {
        List<Provider> providers =
                content.providers().stream().filter(goneProvider.negate()).toList();
        List<Consumer> consumers = content.consumers().stream()
                .filter(goneConsumer.negate())
                .filter(consumer -> !consumer.isExternal() || hasProvider(content.links(), consumer, providers))
                .toList();
        return new Content(
                content.lastId(),
                providers,
                consumers,
                content.links().stream()
                        .filter(link -> consumers.stream().anyMatch(consumer -> consumer.id() == link.consumerId())
                                && providers.stream().anyMatch(provider -> provider.id() == link.providerId()))
                        .toList());
    }

    private static boolean hasProvider(List<Link> links, Consumer consumer, List<Provider> providers) {
        return links.stream()
                .filter(link -> link.consumerId() == consumer.id())
                .anyMatch(link -> providers.stream().anyMatch(provider -> provider.id() == link.providerId()));
    }

    private Optional<Link> link(String id) {
        return content.links().stream()
                .filter(link -> Long.toString(link.id()).equals(id))
                .findFirst();
    }

    private static DirectorException notFound(String id) {
        return new DirectorException(LOOKUP_FAILED, 404, "Invalid link id: " + id);
    }

    private void save(Content next) {
        file.write(next);
        content = next;
    }

    /** A content in the making: what is known keeps its id, what is new gets the next one. */
    private final class Draft {

        private long lastId;
        private final List<Provider> providers;
        private final List<Consumer> consumers;
        private final List<Link> links;

        Draft(Content before) {
            lastId = before.lastId();
            providers = new ArrayList<>(before.providers());
            consumers = new ArrayList<>(before.consumers());
            links = new ArrayList<>(before.links());
        }

        Content content() {
            return new Content(lastId, List.copyOf(providers), List.copyOf(consumers), List.copyOf(links));
        }

        Provider keep(Provider wanted) {
            long id = providers.stream()
                    .filter(wanted::isSame)
                    .findFirst()
                    .map(Provider::id)
                    .orElseGet(() -> ++lastId);
            Provider kept = new Provider(
                    id,
                    wanted.deployment(),
                    wanted.group(),
                    wanted.job(),
                    wanted.definition(),
                    wanted.name(),
                    wanted.type(),
                    wanted.network(),
                    wanted.shared());
            providers.removeIf(wanted::isSame);
            providers.add(kept);
            return kept;
        }

        Consumer keep(Consumer wanted) {
            Optional<Consumer> known = consumers.stream().filter(wanted::isSame).findFirst();
            consumers.removeIf(wanted::isSame);
            return add(wanted, known.map(Consumer::id).orElseGet(() -> ++lastId));
        }

        Consumer add(Consumer wanted) {
            return add(wanted, ++lastId);
        }

        private Consumer add(Consumer wanted, long id) {
            Consumer added = new Consumer(
                    id,
                    wanted.deployment(),
                    wanted.group(),
                    wanted.owner(),
                    wanted.name(),
                    wanted.type(),
                    wanted.optional());
            consumers.add(added);
            return added;
        }

        /** A consumer has one link of a name; to another provider it is another link. */
        Link keep(Consumer consumer, Provider provider, String network) {
            Optional<Link> known = links.stream()
                    .filter(link -> link.consumerId() == consumer.id() && link.providerId() == provider.id())
                    .findFirst();
            if (known.filter(link -> link.network().equals(network)).isPresent()) {
                return known.get();
            }
            links.removeIf(link -> link.consumerId() == consumer.id());
            Link made = new Link(
                    ++lastId, consumer.name(), consumer.id(), provider.id(), network, TIME.format(clock.instant()));
            links.add(made);
            return made;
        }
    }
}
