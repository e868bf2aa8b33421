/** Deploying and deleting, one class a use case. */
@NullMarked
package io.paddock.deployer.deployment;

import org.jspecify.annotations.NullMarked;
