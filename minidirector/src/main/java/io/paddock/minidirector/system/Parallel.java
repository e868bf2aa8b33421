package io.paddock.minidirector.system;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/** Things done at the same time, each in a thread of its own. */
public final class Parallel {

    private Parallel() {}

    /** Those for which the test holds, in their order; all tests run at once. */
    public static <T> List<T> filter(List<T> items, Predicate<T> test) {
        if (items.isEmpty()) {
            return List.of();
        }
        ExecutorService threads = Executors.newFixedThreadPool(items.size());
        try {
            List<CompletableFuture<Boolean>> running = items.stream()
                    .map(item -> CompletableFuture.supplyAsync(() -> test.test(item), threads))
                    .toList();
            running.forEach(CompletableFuture::join);
            return items.stream()
                    .filter(item -> running.get(items.indexOf(item)).join())
                    .toList();
        } catch (java.util.concurrent.CompletionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw failure;
        } finally {
            threads.shutdown();
        }
    }
}
