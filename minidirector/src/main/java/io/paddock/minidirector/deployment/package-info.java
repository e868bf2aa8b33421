/** Deployments: what is wanted against what runs, and the steps between. */
@NullMarked
package io.paddock.minidirector.deployment;

import org.jspecify.annotations.NullMarked;
